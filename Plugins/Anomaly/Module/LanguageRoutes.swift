import AnomalyLanguage
import GantryKit

extension AnomalyModule {
    static var languageHandlers: [Handler<Self>] {
        [
            .operation("askSession") { module, request in try await module.askSession(request) },
            .operation("getSessionExplanation") { _, request in try getSessionExplanation(request) },
            .operation("explainSession") { module, request in try await module.explainSession(request) },
        ]
    }

    private func askSession(_ request: AsyncRequest) async throws -> Response {
        let sessionId = request.parameters[0]
        let question = request.body["question"]?.string ?? ""
        let tag = request.body["lang"]?.string ?? "en"
        let installation = settings.installation
        let reader = try await request.database.read { tx in try StoryReader(sessionId, installation, tx) }
        let text = try await writer.answer(question, reader, tag: tag, request)
        return .json { writer in
            writer.beginObject()
            writer.key("sessionId")
            writer.string(sessionId)
            writer.key("answer")
            writer.string(text)
            writer.endObject()
        }
    }

    private static func getSessionExplanation(_ request: borrowing Request) throws -> Response {
        let sessionId = request.parameters[0]
        let tag = request.query["lang"] ?? "en"
        return try request.database.read { tx in
            guard try SessionTable.find(sessionId, tx) != nil else {
                throw Failure(404, reason: "not_found", "No such session.")
            }
            guard let text = try ExplanationTable.find(sessionId, language: tag, tx) else {
                throw Failure(404, reason: "explanation_not_found", "No explanation is kept in this language.")
            }
            return explanation(text, of: sessionId, isCached: true)
        }
    }

    /// Explains the newest verdict. The text is written outside of transactions and kept if the verdict is still the
    /// same; else it is written anew for the new one.
    private func explainSession(_ request: AsyncRequest) async throws -> Response {
        let sessionId = request.parameters[0]
        let body = request.body
        let tag = body["lang"]?.string ?? "en"
        let regenerates = body["regenerate"]?.bool ?? false
        let installation = settings.installation
        var written: String?
        for _ in 0..<3 {
            let (reader, kept) = try await request.database.read { tx in
                let reader = try StoryReader(sessionId, installation, tx)
                guard reader.session.verdict != nil else {
                    throw Failure(
                        409, reason: "session_not_analyzed", reader.session.message ?? "The session has no verdict.")
                }
                return (reader, try ExplanationTable.find(sessionId, language: tag, tx))
            }
            if let kept, !regenerates { return Self.explanation(kept, of: sessionId, isCached: true) }
            let text = try await writer.explanation(reader, tag: tag, request)
            let now = try request.clock.milliseconds()
            let isKept = try await request.database.write { tx in
                guard try reader.isCurrent(tx) else { return false }
                try ExplanationTable.keep(text, of: sessionId, language: tag, nowMilliseconds: now, tx)
                return true
            }
            written = text
            if isKept { break }
        }
        // After so many changes in between it is told for the verdict before the last, and not kept.
        return Self.explanation(written ?? "", of: sessionId, isCached: false)
    }

    private static func explanation(_ text: String, of sessionId: String, isCached: Bool) -> Response {
        .json { writer in
            writer.beginObject()
            writer.key("sessionId")
            writer.string(sessionId)
            writer.key("explanation")
            writer.string(text)
            writer.key("cached")
            writer.bool(isCached)
            writer.endObject()
        }
    }
}
