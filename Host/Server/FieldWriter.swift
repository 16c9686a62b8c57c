import NIOCore

/// Writes header lines into the response that is being built. Names and values from outside are checked: one that
/// could break the message apart is left out.
public struct FieldWriter: ~Copyable {
    var buffer: ByteBuffer

    init(buffer: consuming ByteBuffer) {
        self.buffer = buffer
    }

    /// Adds whole lines that were rendered before, each with its line end.
    public mutating func add(lines: StaticString) {
        add(lines: UnsafeRawBufferPointer(start: lines.utf8Start, count: lines.utf8CodeUnitCount))
    }

    /// Adds whole lines that were rendered before, each with its line end.
    public mutating func add(lines: [UInt8]) {
        lines.withUnsafeBytes { add(lines: $0) }
    }

    /// Adds whole lines that were rendered before, each with its line end.
    public mutating func add(lines: UnsafeRawBufferPointer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: lines.count) { room in
            room.copyMemory(from: lines)
            return lines.count
        }
    }

    /// Adds a line whose value is known to be safe.
    public mutating func add(_ name: StaticString, trusted value: UnsafeRawBufferPointer) {
        let nameBytes = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        write(name: nameBytes, value: value)
    }

    /// Adds a line with a number.
    public mutating func add(_ name: StaticString, _ value: Int) {
        let nameCount = name.utf8CodeUnitCount
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: nameCount + 24) { room in
            room.copyMemory(from: UnsafeRawBufferPointer(start: name.utf8Start, count: nameCount))
            room[nameCount] = UInt8(ascii: ":")
            room[nameCount + 1] = UInt8(ascii: " ")
            let end =
                nameCount + 2
                + Decimal.write(value, into: UnsafeMutableRawBufferPointer(rebasing: room[(nameCount + 2)...]))
            room[end] = 0x0D
            room[end + 1] = 0x0A
            return end + 2
        }
    }

    /// Adds a line with a text of the host's own.
    public mutating func add(_ name: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { add(name, trusted: UnsafeRawBufferPointer($0)) }
    }

    /// Adds a line from outside; false when name or value is unfit, or when the server writes that header itself.
    @discardableResult
    public mutating func add(untrusted name: String, value: String) -> Bool {
        guard HeaderRules.isName(name), HeaderRules.isValue(value), !HeaderRules.isReserved(name) else { return false }
        var name = name
        var value = value
        name.withUTF8 { nameBytes in
            value.withUTF8 { valueBytes in
                write(name: UnsafeRawBufferPointer(nameBytes), value: UnsafeRawBufferPointer(valueBytes))
            }
        }
        return true
    }

    private mutating func write(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let total = name.count + value.count + 4
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { room in
            room.copyMemory(from: name)
            room[name.count] = UInt8(ascii: ":")
            room[name.count + 1] = UInt8(ascii: " ")
            UnsafeMutableRawBufferPointer(rebasing: room[(name.count + 2)...]).copyMemory(from: value)
            room[total - 2] = 0x0D
            room[total - 1] = 0x0A
            return total
        }
    }
}

/// Decimal digits without an allocation.
enum Decimal {
    /// Writes a number that is not negative and returns the bytes used, at most 19.
    static func write(_ value: Int, into room: UnsafeMutableRawBufferPointer) -> Int {
        var rest = UInt64(max(0, value))
        var count = 1
        var bound: UInt64 = 10
        while rest >= bound && count < 19 {
            count += 1
            bound *= 10
        }
        var index = count
        repeat {
            index -= 1
            room[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while index > 0
        return count
    }
}

/// What may stand in a header that a module asks for.
enum HeaderRules {
    /// Written by the server alone.
    private static let reserved: Set<String> = [
        "connection", "content-length", "date", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }

    static func isReserved(_ name: String) -> Bool { reserved.contains(name.lowercased()) }
}
