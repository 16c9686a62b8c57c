import GantryCore
import Testing

/// A line of a configuration that is wrong, and what the reader must say of it.
struct Fault: Sendable, CustomTestStringConvertible {
    var text: String
    var line: Int?
    var field: String
    var words: String

    init(_ text: String, line: Int?, field: String, says words: String) {
        self.text = text
        self.line = line
        self.field = field
        self.words = words
    }

    var testDescription: String { "\(field) \(words)" }

    /// Expects the reader to refuse with file, line, field and sentence.
    func expect(_ read: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
        do {
            try read()
            Issue.record("It was accepted:\n\(text)", sourceLocation: sourceLocation)
        } catch let error as ConfigurationError {
            #expect(error.file == "the-file.yaml", sourceLocation: sourceLocation)
            #expect(error.line == line, "\(error)", sourceLocation: sourceLocation)
            #expect(error.field == field, "\(error)", sourceLocation: sourceLocation)
            #expect(error.message.contains(words), "\(error)", sourceLocation: sourceLocation)
            let place = line.map { "the-file.yaml:\($0): " } ?? "the-file.yaml: "
            #expect(error.description.hasPrefix(place), sourceLocation: sourceLocation)
            #expect(!error.message.contains("\n"), "\(error)", sourceLocation: sourceLocation)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
    }
}
