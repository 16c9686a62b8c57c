import AnomalyDetection

/// Writes values in a language: numbers with their units, times and spans.
struct Wording {
    let phrases: any Phrasebook
    /// The thresholds that rules are told with.
    let limits: DetectionConfiguration
    /// Whether times need their day.
    let namesDays: Bool
    let start: CivilMoment
    let end: CivilMoment

    init(_ language: Language, _ digest: SessionDigest?) {
        phrases = language.phrasebook
        limits = digest?.configuration ?? DetectionConfiguration()
        start = CivilMoment(milliseconds: digest?.startMilliseconds ?? 0)
        end = CivilMoment(milliseconds: digest?.endMilliseconds ?? 0)
        namesDays = !start.isSameDay(as: end)
    }

    // MARK: Values

    func number(_ value: Double, digits: Int = 2) -> String { phrases.style.text(value, digits: digits) }
    func count(_ value: Int) -> String { number(Double(value), digits: 0) }
    /// Of readings, as fine as meters count.
    func register(_ value: Double) -> String { number(value, digits: 3) + " kWh" }
    /// Of what was computed; small ones keep what makes them differ from zero.
    func energy(_ value: Double) -> String { number(value, digits: abs(value) < 0.1 ? 3 : 2) + " kWh" }
    func power(_ value: Double) -> String { number(value, digits: 2) + " kW" }
    func voltage(_ value: Double) -> String { number(value, digits: 1) + " V" }
    func current(_ value: Double) -> String { number(value, digits: 1) + " A" }
    func celsius(_ value: Double) -> String { number(value, digits: 1) + " °C" }
    func percent(_ value: Double) -> String { number(value, digits: 1) + phrases.style.beforePercent + "%" }
    func share(_ value: Double) -> String { percent(value * 100) }

    // MARK: Times

    func at(_ time: Int64) -> String { phrases.at(CivilMoment(milliseconds: time), day: namesDays) }
    func at(_ point: DigestPoint) -> String { at(point.timeMilliseconds) }
    func of(_ point: DigestPoint) -> String {
        phrases.of(CivilMoment(milliseconds: point.timeMilliseconds), day: namesDays)
    }

    func between(_ start: Int64, _ end: Int64) -> String {
        guard start < end else { return at(start) }
        return phrases.between(
            CivilMoment(milliseconds: start), CivilMoment(milliseconds: end), day: namesDays)
    }

    func stretch(_ finding: Finding) -> String { between(finding.startMilliseconds, finding.endMilliseconds) }

    /// The session's first and last day.
    var day: String { phrases.date(start, year: true) }

    func duration(_ milliseconds: Int64) -> String {
        let seconds = Int((milliseconds + 500) / 1000)
        let units = phrases.units
        func part(_ count: Int, _ names: [String]) -> String? {
            count == 0 ? nil : "\(self.count(count)) \(names[count == 1 ? 0 : 1])"
        }
        var parts = [part(seconds / 3600, units.hour), part(seconds / 60 % 60, units.minute)].compactMap { $0 }
        if seconds < 600, let rest = part(seconds % 60, units.second) { parts.append(rest) }
        if parts.isEmpty { parts = ["0 \(units.second[1])"] }
        return parts.count < 2
            ? parts[0] : parts.dropLast().joined(separator: ", ") + " \(units.and) " + parts[parts.count - 1]
    }
}

extension String {
    /// The same with a capital at its beginning.
    var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
