/// A scanned document that owns its text and its tape. Safe to share between threads.
public final class JSONDocument: @unchecked Sendable {
    // Sendable without a lock: both buffers are written in the initializer only and freed in deinit.
    private let text: UnsafeMutablePointer<UInt8>
    private let textCount: Int
    private let tape: UnsafeMutablePointer<JSONNode>
    private let tapeCount: Int

    /// Scans `bytes` and keeps a copy of them.
    public init(
        _ bytes: UnsafeRawBufferPointer, maximumDepth: Int = JSONScanner.defaultMaximumDepth
    ) throws(JSONSyntaxError) {
        var nodes: [JSONNode] = []
        try JSONScanner.scan(bytes, into: &nodes, maximumDepth: maximumDepth)
        (text, textCount) = Self.copy(bytes)
        (tape, tapeCount) = Self.copy(nodes)
    }

    /// Scans an array of bytes and keeps a copy of them.
    public init(_ bytes: [UInt8], maximumDepth: Int = JSONScanner.defaultMaximumDepth) throws(JSONSyntaxError) {
        var nodes: [JSONNode] = []
        var failure: JSONSyntaxError?
        bytes.withUnsafeBytes { buffer in
            do throws(JSONSyntaxError) {
                try JSONScanner.scan(buffer, into: &nodes, maximumDepth: maximumDepth)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        (text, textCount) = Self.copy(bytes)
        (tape, tapeCount) = Self.copy(nodes)
    }

    /// Scans the UTF-8 of a string and keeps a copy of it.
    public convenience init(
        _ text: String, maximumDepth: Int = JSONScanner.defaultMaximumDepth
    ) throws(JSONSyntaxError) {
        try self.init(Array(text.utf8), maximumDepth: maximumDepth)
    }

    deinit {
        text.deallocate()
        tape.deallocate()
    }

    /// The root value. It borrows from the document: keep the document alive while it or anything read from it is used,
    /// or use `withRoot`.
    public var root: JSONValue {
        JSONValue(bytes: text, nodes: tape)
    }

    /// The value at `index` of the tape; the same rules on lifetime hold as for `root`.
    public func value(at index: Int) -> JSONValue {
        precondition(index >= 0 && index < tapeCount, "no node \(index)")
        return JSONValue(bytes: text, nodes: tape, index: index)
    }

    /// Calls `body` with the root value, which is valid during the call.
    public func withRoot<Result, Failure: Error>(_ body: (JSONValue) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        defer { withExtendedLifetime(self) {} }
        return try body(root)
    }

    /// The whole text, valid as long as the document lives.
    public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: text, count: textCount) }

    /// The tape, valid as long as the document lives.
    public var nodes: UnsafeBufferPointer<JSONNode> { UnsafeBufferPointer(start: tape, count: tapeCount) }

    private static func copy<Elements: Collection>(
        _ elements: Elements
    ) -> (start: UnsafeMutablePointer<Elements.Element>, count: Int) {
        let start = UnsafeMutablePointer<Elements.Element>.allocate(capacity: elements.count)
        _ = UnsafeMutableBufferPointer(start: start, count: elements.count).initialize(from: elements)
        return (start, elements.count)
    }
}
