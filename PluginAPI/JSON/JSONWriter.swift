/// Builds a JSON text piece by piece and places the commas itself.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.beginObject()
/// writer.key("id")
/// writer.string("S-1")
/// writer.endObject()
/// send(writer.bytes)
/// ```
/// Every object member is a `key` followed by one value. Nesting is the caller's duty; debug builds trap on an end
/// without a beginning.
@frozen
public struct JSONWriter: Sendable {
    /// The text written so far.
    public var bytes: [UInt8]
    @usableFromInline var needsComma = false
    @usableFromInline var depth = 0

    /// A writer with room for `capacity` bytes before it has to grow.
    @inlinable
    public init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Forgets what was written and keeps the room.
    @inlinable
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        depth = 0
    }

    /// Opens an object.
    @inlinable public mutating func beginObject() { open(UInt8(ascii: "{")) }

    /// Closes the innermost object.
    @inlinable public mutating func endObject() { close(UInt8(ascii: "}")) }

    /// Opens an array.
    @inlinable public mutating func beginArray() { open(UInt8(ascii: "[")) }

    /// Closes the innermost array.
    @inlinable public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a member's name known at compile time; its value must follow. The name must need no escapes.
    @inlinable
    public mutating func key(_ name: StaticString) {
        let hasComma = needsComma
        needsComma = false
        append(atMost: name.utf8CodeUnitCount + 4) { output in
            var end = output
            if hasComma { end.put(UInt8(ascii: ",")) }
            end.put(UInt8(ascii: "\""))
            end.put(name.utf8Start, count: name.utf8CodeUnitCount)
            end.put(UInt8(ascii: "\""))
            end.put(UInt8(ascii: ":"))
            return end - output
        }
    }

    /// Writes a member's name, escaped as needed; its value must follow.
    @inlinable
    @_disfavoredOverload
    public mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes `null`.
    @inlinable public mutating func null() { literal("null") }

    /// Writes `true` or `false`.
    @inlinable public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    /// Writes a JSON text as it is; it must be one complete value.
    @inlinable
    public mutating func raw(_ json: UnsafeBufferPointer<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes a JSON text as it is; it must be one complete value.
    @inlinable
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes members of the open object as they are: names with values, with commas between them.
    @inlinable
    public mutating func members(_ json: [UInt8]) { raw(json) }

    /// Copies a value of a scanned document as it is written there.
    @inlinable public mutating func value(_ value: JSONValue) { raw(value.jsonBytes) }

    /// Appends up to `count` bytes, which `body` writes and counts, with one look at the capacity.
    @inlinable
    @inline(__always)
    mutating func append(atMost count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        bytes.append(addingCapacity: count) { span in
            span.withUnsafeMutableBufferPointer { buffer, initializedCount in
                initializedCount = buffer.baseAddress.map(body) ?? 0
            }
        }
    }

    /// Writes the comma that belongs in front of the next value.
    @inlinable
    @inline(__always)
    mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    @inlinable
    mutating func literal(_ text: StaticString) {
        separate()
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inlinable
    mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
        depth += 1
    }

    @inlinable
    mutating func close(_ bracket: UInt8) {
        assert(depth > 0, "an end without a beginning")
        bytes.append(bracket)
        needsComma = true
        depth -= 1
    }
}

extension UnsafeMutablePointer<UInt8> {
    /// Writes a byte and moves past it.
    @inlinable
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        pointee = byte
        self += 1
    }

    /// Writes several bytes and moves past them.
    @inlinable
    @inline(__always)
    mutating func put(_ bytes: UnsafePointer<UInt8>, count: Int) {
        update(from: bytes, count: count)
        self += count
    }
}
