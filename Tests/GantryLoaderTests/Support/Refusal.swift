import GantryLoader
import Testing

/// Expects a `LoaderError` of the code, with the words in its message and its module named.
func expectRefusal(
    _ code: LoaderError.Code, _ words: String, module: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("It was accepted, though \(code) was due.", sourceLocation: sourceLocation)
    } catch let error as LoaderError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(error.message.contains(words), "\(error)", sourceLocation: sourceLocation)
        #expect(
            (module.map { [$0] } ?? ["fixture", "good"]).contains(error.module), "\(error)",
            sourceLocation: sourceLocation)
        #expect(error.description == "\(error.module): \(error.message) (\(code.rawValue))")
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
