import Glibc

extension JSONValue {
    /// The text of a string, without escapes.
    public var string: String? {
        guard kind == .string else { return nil }
        guard hasEscapes else { return String(decoding: rawBytes, as: UTF8.self) }
        let raw = rawBytes
        return String(unsafeUninitializedCapacity: raw.count) { buffer in
            buffer.baseAddress.map { JSONEscape.unescape(raw, into: $0) } ?? 0
        }
    }

    /// Whether the value is a string with escape sequences, so that `rawBytes` are not its text.
    @inlinable public var hasEscapes: Bool { nodes[index].flags & JSONNode.escapedFlag != 0 }

    /// Calls `body` with the UTF-8 text of a string, without escapes; nil where the value is no string.
    ///
    /// The buffer is valid during the call only. Nothing is copied unless the string holds escapes.
    @inlinable
    public func withText<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result? {
        guard nodes[index].kind == JSONKind.string.rawValue else { return nil }
        let raw = rawBytes
        guard hasEscapes else { return body(raw) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: raw.count) { buffer in
            // An escaped string holds at least two bytes, so there is always an address.
            guard let start = buffer.baseAddress else { return body(raw) }
            let count = JSONEscape.unescape(raw, into: start)
            return body(UnsafeBufferPointer(start: start, count: count))
        }
    }

    /// Whether the value is a string with exactly these bytes as its text.
    public func textEquals(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard kind == .string else { return false }
        if hasEscapes { return withText { Self.equal($0, text) } ?? false }
        return Self.equal(rawBytes, text)
    }

    /// Whether the value is a string with this text; allocates nothing.
    public func stringEquals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { textEquals($0) }
    }

    /// Whether the value is a string with this text, compared byte by byte and without normalization.
    @_disfavoredOverload
    public func stringEquals(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { textEquals($0) }
    }

    private static func equal(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
    }
}
