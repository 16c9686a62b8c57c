import AnomalyDetection
import GantryKit

/// How sessions and verdicts look in answers and events.
enum SessionJSON {
    /// The members of a session's state after a write, into an object that is open.
    static func writeState(_ session: StoredSession, to writer: inout JSONWriter) {
        writer.key("sessionId")
        writer.string(session.sessionId)
        writer.key("status")
        writer.string(session.status.rawValue)
        writeVerdict(session.verdict, to: &writer)
        writer.key("message")
        writer.string(session.message)
        writer.key("createdAt")
        writer.timestamp(milliseconds: session.createdAt)
    }

    /// A session's state after a write: `AnalysisResult` of the contract.
    static func state(_ session: StoredSession) -> [UInt8] {
        var writer = JSONWriter(capacity: 768)
        writer.beginObject()
        writeState(session, to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// The outcome of a session of a batch that was not stored.
    static func failure(_ sessionId: String, message: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("sessionId")
        writer.string(sessionId)
        writer.key("status")
        writer.string("failed")
        writeVerdict(nil, to: &writer)
        writer.key("message")
        writer.string(String(message.prefix(500)))
        writer.key("createdAt")
        writer.null()
        writer.endObject()
        return writer.bytes
    }

    /// The categories that were found, as the array that is stored and sent.
    static func findings(_ findings: [CategoryFinding]) -> [UInt8] {
        var writer = JSONWriter(capacity: 16 + findings.count * 224)
        writer.beginArray()
        for finding in findings {
            writer.beginObject()
            writer.key("category")
            writer.string(finding.category.wireName)
            writer.key("score")
            writer.double(finding.score)
            writer.key("bucketRange")
            writer.beginObject()
            writer.key("startUnit")
            writer.int(finding.startUnit)
            writer.key("endUnit")
            writer.int(finding.endUnit)
            writer.endObject()
            writer.key("timeRange")
            writer.beginObject()
            writer.key("startTimestamp")
            writer.timestamp(milliseconds: finding.startMilliseconds)
            writer.key("endTimestamp")
            writer.timestamp(milliseconds: finding.endMilliseconds)
            writer.endObject()
            writer.key("confidence")
            writer.double(finding.confidence)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    private static func writeVerdict(_ verdict: StoredVerdict?, to writer: inout JSONWriter) {
        guard let verdict else {
            writeMissingVerdict(to: &writer)
            return
        }
        writer.key("isAnomaly")
        writer.bool(verdict.isAnomaly)
        writer.key("anomalyScore")
        writer.double(verdict.score)
        writer.key("anomalyConfidence")
        writer.double(verdict.confidence)
        writer.key("isIncident")
        writer.bool(verdict.isIncident)
        writer.key("isRecurring")
        writer.bool(verdict.isRecurring)
        writer.key("anomalies")
        writer.raw(verdict.findings)
        writer.key("analyzedAt")
        writer.timestamp(milliseconds: verdict.analyzedAt)
        writer.key("socReconstructed")
        writer.bool(verdict.isStateOfChargeReconstructed)
    }

    private static func writeMissingVerdict(to writer: inout JSONWriter) {
        writer.key("isAnomaly")
        writer.null()
        writer.key("anomalyScore")
        writer.null()
        writer.key("anomalyConfidence")
        writer.null()
        writer.key("isIncident")
        writer.null()
        writer.key("isRecurring")
        writer.null()
        writer.key("anomalies")
        writer.null()
        writer.key("analyzedAt")
        writer.null()
        writer.key("socReconstructed")
        writer.null()
    }
}
