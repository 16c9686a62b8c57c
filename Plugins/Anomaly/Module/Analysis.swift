import AnomalyDetection
import GantryKit

/// What the pipeline says of a session, rounded as it is stored and sent; whether it recurs is not known yet.
struct Analysis {
    /// What was found, highest score first.
    private(set) var findings: [CategoryFinding]
    /// The verdict, `isRecurring` false.
    private(set) var verdict: StoredVerdict
    /// What the session delivered, and when.
    private(set) var delivered: DeliveredEnergy

    /// Judges readings; nil when there are too few, or when the pipeline gave no usable verdict.
    ///
    /// - Parameters:
    ///   - readings: In order of time.
    ///   - metadata: The session's metadata, whose `maxPowerKw` sharpens the rules.
    ///   - configuration: What the tenant's model sets.
    init?(
        _ series: ReadingSeries, status: SessionStatus, metadata: Metadata, _ configuration: DetectionConfiguration,
        nowMilliseconds: Int64
    ) {
        guard series.readings.count >= SessionPipeline.leastReadings else { return nil }
        let result = SessionPipeline.analyze(
            series.readings,
            facts: SessionFacts(
                isCompleted: status == .completed, maximumPowerKilowatts: metadata.number("maxPowerKw")),
            configuration: configuration)
        guard result.score.isFinite, result.confidence.isFinite,
            result.deliveredEnergyKilowattHours.isFinite,
            result.findings.allSatisfy({ $0.score.isFinite && $0.confidence.isFinite })
        else { return nil }
        findings = result.findings.map { finding in
            var finding = finding
            finding.score = Self.rounded(finding.score)
            finding.confidence = Self.rounded(finding.confidence)
            return finding
        }
        let score = Self.rounded(result.score)
        let confidence = Self.rounded(result.confidence)
        delivered = result.delivered
        verdict = StoredVerdict(
            analyzedAt: nowMilliseconds, score: score, confidence: confidence, count: findings.count,
            categoryMask: findings.reduce(0) { $0 | 1 << Int64($1.category.rawValue) },
            // Judged by what is sent, so that the flag never contradicts the numbers beside it.
            isIncident: score >= configuration.severity.incidentScore
                && confidence >= configuration.severity.incidentConfidence,
            isRecurring: false, isStateOfChargeReconstructed: result.isStateOfChargeReconstructed,
            findings: SessionJSON.findings(findings))
    }

    /// Sets whether another session of the connector had one of the categories shortly before.
    mutating func recurs(_ isRecurring: Bool) {
        verdict.isRecurring = isRecurring
    }

    private static func rounded(_ score: Double) -> Double {
        (min(max(score, 0), 1) * 10_000).rounded() / 10_000
    }
}
