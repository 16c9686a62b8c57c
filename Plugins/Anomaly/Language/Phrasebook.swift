import AnomalyDetection

/// What a language says. Sentences begin with a capital and end with a full stop; parts of sentences do neither.
protocol Phrasebook: Sendable {
    var style: NumberStyle { get }

    // Times. `day` is true where the session lasts beyond one day of UTC.
    func date(_ moment: CivilMoment, year: Bool) -> String
    func at(_ moment: CivilMoment, day: Bool) -> String
    /// Behind a word such as "reading".
    func of(_ moment: CivilMoment, day: Bool) -> String
    func between(_ start: CivilMoment, _ end: CivilMoment, day: Bool) -> String
    /// Singular and plural of hour, minute and second, and the word between two parts.
    var units: (hour: [String], minute: [String], second: [String], and: String) { get }

    // Categories.
    func name(_ category: AnomalyCategory) -> String
    func observation(_ found: SessionDigest.Found, _ words: Wording) -> String
    func rule(_ category: AnomalyCategory, _ words: Wording) -> String
    func advice(_ category: AnomalyCategory) -> String

    // The frame of an explanation.
    func verdict(_ count: Int, _ facts: SessionStory, _ words: Wording) -> String
    func clean(_ facts: SessionStory, _ words: Wording) -> String
    func rulesKept(_ readings: Int, _ words: Wording) -> String
    func delivery(_ words: Wording, energy: Double, milliseconds: Int64) -> String
    func reconstructed(_ count: Int, of total: Int) -> String
    var filled: String { get }
    var incident: String { get }
    var recurring: String { get }
    func severity(_ score: String) -> String
    /// Between a heading and what it is the heading of.
    var colon: String { get }

    // Answers.
    func answer(_ topic: AnswerTopic, _ words: Wording) -> String
}

extension Phrasebook {
    var colon: String { ":" }
}

/// What an answer says about one question, with the values that it says.
enum AnswerTopic {
    case noVerdict(readings: Int, needed: Int)
    case noReadings
    case fallenReading(before: DigestPoint, after: DigestPoint)
    case noFall
    case energy(Double)
    case noEnergy
    case duration(start: Int64, end: Int64, charging: ClosedRange<Int64>?)
    case power(SessionDigest.Trend)
    case noPower
    case charge(SessionDigest.Trend)
    case noCharge
    case chargeFull(DigestPoint)
    case completed(isCompleted: Bool)
    case zeroEnergyMoved
    case serious(isIncident: Bool, score: Double, confidence: Double)
    case notAnomalous(score: Double)
    case recurring(Bool)
    case temperature(SessionDigest.Trend)
    case noTemperature
    case voltage(SessionDigest.Trend)
    case noVoltage
    case current(SessionDigest.Trend)
    case noCurrent
    case readings(Int, reconstructed: Int)
    case noGap
    case onlyThisSession
    case unsettled
}
