import AnomalyDetection
import AnomalyLanguage
import GantryKit

/// One session with everything that explanations and answers rest on, read in one snapshot.
struct StoryReader: Sendable {
    /// The session.
    let session: StoredSession
    /// Its readings in order of time.
    let readings: [Reading]
    /// What sessions are judged with.
    let configuration: DetectionConfiguration

    /// Reads a session. Throws a `Failure` (404) when there is none.
    /// - Parameter installation: What the operator configured.
    init(
        _ sessionId: String, _ installation: DetectionConfiguration.Installation, _ tx: borrowing Transaction
    ) throws {
        guard let session = try SessionTable.find(sessionId, tx) else {
            throw Failure(404, reason: "not_found", "No such session.")
        }
        self.session = session
        readings = try SessionTable.readings(session, tx).readings
        configuration = try ModelTable.sessionConfiguration(installation, tx)
    }

    /// Takes readings and verdict together; some work where there are many readings.
    func story() throws -> SessionStory {
        let metadata = try Metadata(stored: session.metadata)
        let facts = SessionFacts(
            isCompleted: session.status == .completed, maximumPowerKilowatts: metadata.number("maxPowerKw"))
        let findings = try session.verdict.map { try Self.findings($0.findings) } ?? []
        let digest =
            SessionDigest(readings: readings, facts: facts, findings: findings, configuration: configuration)
            ?? withoutReadings(findings, facts)
        return SessionStory(
            digest: digest,
            verdict: session.verdict.map { verdict in
                SessionStory.Verdict(
                    score: verdict.score, confidence: verdict.confidence, isIncident: verdict.isIncident,
                    isRecurring: verdict.isRecurring,
                    isStateOfChargeReconstructed: verdict.isStateOfChargeReconstructed)
            })
    }

    /// What a verdict says by itself, of a session whose readings are kept no longer.
    private func withoutReadings(_ findings: [CategoryFinding], _ facts: SessionFacts) -> SessionDigest? {
        guard session.verdict != nil, let first = session.firstReadingAt, let last = session.lastReadingAt,
            first <= last
        else { return nil }
        return SessionDigest(
            findings: findings, span: first...last, readings: session.readingCount, facts: facts,
            configuration: configuration)
    }

    /// Whether the verdict is still the one that was read.
    func isCurrent(_ tx: borrowing Transaction) throws -> Bool {
        let now = try SessionTable.find(session.sessionId, tx)?.verdict
        return now?.analyzedAt == session.verdict?.analyzedAt && now?.findings == session.verdict?.findings
            && now?.score == session.verdict?.score && now?.isRecurring == session.verdict?.isRecurring
    }

    /// Reads the categories of a verdict back from the JSON that is stored.
    private static func findings(_ json: [UInt8]) throws -> [CategoryFinding] {
        try JSONDocument(json).withRoot { root in
            root.elements.compactMap { element in
                guard let code = element["category"],
                    let category = code.withText({ AnomalyCategory(wireName: UnsafeRawBufferPointer($0)) }) ?? nil,
                    let score = element["score"]?.double, let confidence = element["confidence"]?.double,
                    let start = element["timeRange"]?["startTimestamp"]?.string.flatMap({ RFC3339.milliseconds($0) }),
                    let end = element["timeRange"]?["endTimestamp"]?.string.flatMap({ RFC3339.milliseconds($0) })
                else { return nil }
                return CategoryFinding(
                    category: category, score: score, confidence: confidence, startMilliseconds: start,
                    endMilliseconds: end, startUnit: element["bucketRange"]?["startUnit"]?.int64.map { Int($0) } ?? 0,
                    endUnit: element["bucketRange"]?["endUnit"]?.int64.map { Int($0) } ?? 0)
            }
        }
    }
}
