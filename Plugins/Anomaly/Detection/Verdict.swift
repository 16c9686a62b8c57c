/// One category found in one session, with the stretch where it is strongest.
public struct Finding: Sendable, Equatable {
    /// What was found.
    public var category: AnomalyCategory
    /// How severe, from 0.5 to 1.
    public var score: Double
    /// How sure, from 0 to 1; lower when few or reconstructed readings carry the finding.
    public var confidence: Double
    /// When the stretch begins, in milliseconds since 1970.
    public var startMilliseconds: Int64
    /// When the stretch ends, in milliseconds since 1970; not before its start.
    public var endMilliseconds: Int64
    /// The minute in which the stretch begins, counted from the session's first reading.
    public var startUnit: Int
    /// The minute in which the stretch ends, counted from the session's first reading.
    public var endUnit: Int

    /// Makes a finding, such as one that was stored.
    public init(
        category: AnomalyCategory, score: Double, confidence: Double, startMilliseconds: Int64, endMilliseconds: Int64,
        startUnit: Int, endUnit: Int
    ) {
        self.category = category
        self.score = score
        self.confidence = confidence
        self.startMilliseconds = startMilliseconds
        self.endMilliseconds = endMilliseconds
        self.startUnit = startUnit
        self.endUnit = endUnit
    }
}

/// A state of charge that was not read but told from the energy.
public struct FilledStateOfCharge: Sendable, Equatable {
    /// The moment, in milliseconds since 1970.
    public var timestampMilliseconds: Int64
    /// The state of charge in percent, from 0 to 100.
    public var percent: Double
}

/// What the pipeline says of a session.
public struct Verdict: Sendable, Equatable {
    /// Categories found, highest score first; empty for a clean session.
    public var findings: [Finding]
    /// Summary of the scores: the highest of them, or below 0.5 when nothing was found, graded by how near it came.
    public var score: Double
    /// How sure the verdict as a whole is, from 0 to 1.
    public var confidence: Double
    /// True when score and confidence call for a person at once.
    public var isIncident: Bool
    /// States of charge that were filled in from the energy where the series had holes, in order of time.
    public var filledStateOfCharge: [FilledStateOfCharge]
    /// What the session delivered, and when.
    public var delivered: DeliveredEnergy

    /// What the session delivered, in kWh.
    public var deliveredEnergyKilowattHours: Double { delivered.totalKilowattHours }

    /// True when the state of charge had holes that were filled in from the energy.
    public var isStateOfChargeReconstructed: Bool { !filledStateOfCharge.isEmpty }

    /// Whether at least one category was found.
    public var isAnomaly: Bool { !findings.isEmpty }
}
