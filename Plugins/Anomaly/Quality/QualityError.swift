/// Something that stops an evaluation, told to the person who started it.
public struct QualityError: Error, Sendable, CustomStringConvertible {
    /// One sentence.
    public let description: String

    /// Creates an error.
    public init(_ description: String) {
        self.description = description
    }
}
