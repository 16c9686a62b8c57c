import CGantry

extension gantry_str_v1 {
    /// Whether address and size can belong together: no size without an address, none that no memory has.
    var isSpan: Bool { size == 0 || (data != nil && size <= 1 << 40) }

    /// The bytes, borrowed as long as whoever handed them out says; empty when this is no span.
    var buffer: UnsafeRawBufferPointer {
        isSpan ? UnsafeRawBufferPointer(start: data, count: Int(size)) : UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// A copy as text; nil when it is not UTF-8 or no span.
    var text: String? { isSpan ? String(validating: buffer, as: UTF8.self) : nil }

    init(_ buffer: UnsafeRawBufferPointer) {
        self.init(data: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), size: UInt64(buffer.count))
    }

    init(_ range: TextRange, in base: UnsafePointer<UInt8>) {
        self.init(data: base + range.start, size: UInt64(range.count))
    }
}

extension UnsafeMutablePointer<gantry_error_v1> {
    /// Writes the detail of a failure into the caller's record, cut to its room at a character's boundary.
    func fill(code: Int32, message: String) {
        pointee.code = code
        var message = message
        pointee.message_size = message.withUTF8 { bytes in
            guard let target = pointee.message else { return 0 }
            var count = Swift.min(bytes.count, Int(pointee.message_capacity))
            while count > 0, count < bytes.count, bytes[count] & 0xc0 == 0x80 { count -= 1 }
            if let start = bytes.baseAddress { target.update(from: start, count: count) }
            return UInt32(count)
        }
    }
}

/// Room for the detail of a failure of the module's, on the host's side of a call.
struct ErrorRecord: ~Copyable {
    private static let capacity = 1024
    let pointer: UnsafeMutablePointer<gantry_error_v1>
    /// Kept beside the record, since a module may put an address of its own into that.
    private let room: UnsafeMutablePointer<UInt8>

    init() {
        pointer = .allocate(capacity: 1)
        room = .allocate(capacity: Self.capacity)
        room.initialize(repeating: 0, count: Self.capacity)
        pointer.initialize(
            to: gantry_error_v1(
                code: 0, message_capacity: UInt32(Self.capacity), message_size: 0, reserved: 0,
                message: room))
    }

    deinit {
        room.deallocate()
        pointer.deallocate()
    }

    /// What the module wrote; a size beyond the room is a module's mistake and is cut, a text elsewhere is left alone.
    var message: String {
        guard pointer.pointee.message == room else { return "" }
        let count = min(Int(pointer.pointee.message_size), Self.capacity)
        return String(decoding: UnsafeBufferPointer(start: room, count: count), as: UTF8.self)
    }
}
