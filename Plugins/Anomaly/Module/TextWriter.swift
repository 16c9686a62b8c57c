import AnomalyLanguage
import GantryKit

/// Writes explanations and answers: by the text generator where one is configured and gives something usable, else
/// composed from the findings.
struct TextWriter: Sendable {
    /// The generator that the operator configured; nil where there is none.
    let generator: TextGenerator?

    /// Explains the verdict that was read.
    func explanation(_ reader: StoryReader, tag: String, _ request: AsyncRequest) async throws -> String {
        let composed = try await Self.compose(request) {
            let story = try reader.story()
            return (
                text: Composer(Language(tag: tag)).explanation(story),
                facts: Composer(.english).facts(story)
            )
        }
        return await generator?.explanation(facts: composed.facts, tag: tag, request) ?? composed.text
    }

    /// Answers a question about the session that was read.
    func answer(
        _ question: String, _ reader: StoryReader, tag: String, _ request: AsyncRequest
    ) async throws -> String {
        let composed = try await Self.compose(request) {
            let story = try reader.story()
            return (
                text: Composer(Language(tag: tag)).answer(question, story),
                facts: Composer(.english).facts(story)
            )
        }
        return await generator?.answer(question, facts: composed.facts, tag: tag, request) ?? composed.text
    }

    /// Fifty thousand readings take their time, so they are gone through beside the host's event loops.
    private static func compose(
        _ request: AsyncRequest, _ body: @escaping @Sendable () throws -> (text: String, facts: String)
    ) async throws -> (text: String, facts: String) {
        let pair = try await request.blocking { _ in
            let made = try body()
            return [made.text, made.facts]
        }
        return (text: pair[0], facts: pair[1])
    }
}
