/// A regular expression that is matched in time linear in the text, whatever the expression.
///
/// The dialect is ECMA-262 with Unicode semantics, as JSON Schema recommends: classes, `\d \w \s .`, anchors, groups,
/// alternation and counted repetition. Look-around, back-references, `\b` and `\p` are refused, since they are not
/// needed for checking fields or cannot be matched in linear time. A pattern may match anywhere unless it is anchored.
public final class Pattern: Sendable {
    private enum Engine: Sendable {
        case table(PatternTable)
        case automaton(PatternAutomaton)
    }

    /// The expression as written.
    public let source: String
    private let engine: Engine

    /// Compiles an expression; the error's pointer is empty.
    public init(_ source: String) throws(ContractError) {
        self.source = source
        var parser = PatternParser(source)
        let automaton = try PatternAutomaton(parser.parse(), source: source)
        if let table = PatternTable(automaton) {
            engine = .table(table)
        } else {
            engine = .automaton(automaton)
        }
    }

    /// Whether the text, which must be well-formed UTF-8, holds a match.
    public func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch engine {
        case .table(let table): table.matches(text)
        case .automaton(let automaton): automaton.matches(text)
        }
    }

    /// Whether the text holds a match.
    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }
}
