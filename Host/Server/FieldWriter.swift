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
        add(atMost: lines.count) { $0.write(lines) }
    }

    /// Adds a line whose value is known to be safe.
    public mutating func add(_ name: StaticString, trusted value: UnsafeRawBufferPointer) {
        add(atMost: name.utf8CodeUnitCount + value.count + 4) { $0.line(name, value) }
    }

    /// Adds a line with a number.
    public mutating func add(_ name: StaticString, _ value: Int) {
        add(atMost: name.utf8CodeUnitCount + LineFiller.longestNumber + 4) { $0.line(name, value) }
    }

    /// Adds several lines in one go, which takes the memory for them once; it traps when they are longer than was said.
    public mutating func add(atMost bytes: Int, _ fill: (inout LineFiller) -> Void) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes) { room in
            var filler = LineFiller(room)
            fill(&filler)
            return filler.count
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
        add(atMost: name.count + value.count + 4) { filler in
            filler.write(name)
            filler.write(": ")
            filler.write(value)
            filler.write("\r\n")
        }
    }
}

/// Writes bytes one behind the other into memory that was made for them.
public struct LineFiller {
    /// Bytes of the longest number.
    public static let longestNumber = 19

    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) {
        self.room = room
    }

    /// Writes a line whose value is known to be safe.
    public mutating func line(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        write(name)
        write(": ")
        write(value)
        write("\r\n")
    }

    /// Writes a line with a number that is not negative.
    public mutating func line(_ name: StaticString, _ value: Int) {
        write(name)
        write(": ")
        precondition(room.count - count >= Self.longestNumber, "there is too little room for a number")
        count += Decimal.write(value, into: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
        write("\r\n")
    }

    /// Writes bytes as they are.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let base = room.baseAddress else { return }
        precondition(bytes.count <= room.count - count, "there is too little room for a line")
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Writes bytes as they are.
    public mutating func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    /// Writes a text as it is.
    public mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
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
