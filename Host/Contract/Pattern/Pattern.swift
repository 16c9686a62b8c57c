/// A regular expression that is matched in time linear in the text, whatever the expression.
///
/// The dialect is ECMA-262 with Unicode semantics, as JSON Schema recommends: classes, `\d \w \s .`, anchors, groups,
/// alternation and counted repetition. Look-around, back-references, `\b` and `\p` are refused, since they are not
/// needed for checking fields or cannot be matched in linear time. A pattern may match anywhere unless it is anchored.
///
/// What a pattern costs is settled when it is compiled: a table is followed by one step for each scalar of the text,
/// and where the table would be too large, all of an automaton's few steps are tried. A larger one is refused.
public final class Pattern: Sendable {
    private enum Engine: Sendable {
        case table(PatternTable)
        case automaton(PatternAutomaton)
    }

    /// The expression as written.
    public let source: String
    private let engine: Engine
    /// Steps of an automaton that is followed without a table.
    private static let maximumStepsWithoutTable = 100

    /// Compiles an expression; the error's pointer is empty.
    public init(_ source: String) throws(ContractError) {
        self.source = source
        var parser = PatternParser(source)
        let automaton = try PatternAutomaton(parser.parse(), source: source)
        if let table = PatternTable(automaton) {
            engine = .table(table)
        } else if automaton.steps.count <= Self.maximumStepsWithoutTable {
            engine = .automaton(automaton)
        } else {
            throw ContractError(
                code: .pattern,
                message: "The pattern \"\(source)\" is too intricate: repeat less, or let its beginnings differ",
                pointer: "")
        }
    }

    /// How often matching looks at one scalar of a text at most, however the text is made.
    var maximumStepsPerScalar: Int {
        switch engine {
        case .table: 1
        case .automaton(let automaton): automaton.steps.count
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
