import NIOCore

/// What a frame carries.
enum WebSocketOpcode: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    var isControl: Bool { rawValue & 0x8 != 0 }
}

/// Why a connection is failed, as the client is told.
struct WebSocketFault: Error, Equatable {
    let code: Int
    let reason: String

    static let violation = WebSocketFault(code: 1002, reason: "")
    static let notText = WebSocketFault(code: 1007, reason: "")
    static let tooBig = WebSocketFault(code: 1009, reason: "message too big")
}

/// The head of a frame from a client.
struct WebSocketHead {
    private static let compressed: UInt8 = 0x40
    private static let mostControlBytes = 125

    let opcode: WebSocketOpcode
    let isLast: Bool
    let isCompressed: Bool
    let payloadBytes: Int
    let mask: UInt32

    /// Takes a head off the front; nil when it has not arrived whole. Everything that can be told from the head alone
    /// is judged here.
    static func read(_ buffer: inout ByteBuffer) throws(WebSocketFault) -> WebSocketHead? {
        let start = buffer.readerIndex
        guard let word = buffer.getInteger(at: start, as: UInt16.self) else { return nil }
        let first = UInt8(word >> 8)
        let second = UInt8(truncatingIfNeeded: word)
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F), first & 0x30 == 0, second & 0x80 != 0 else {
            throw .violation
        }
        let isLast = first & 0x80 != 0
        let isCompressed = first & compressed != 0
        let short = Int(second & 0x7F)
        if opcode.isControl {
            guard isLast, !isCompressed, short <= mostControlBytes else { throw .violation }
        }
        if isCompressed && opcode == .continuation { throw .violation }
        let payloadBytes: Int
        let maskIndex: Int
        switch short {
        case 126:
            guard let length = buffer.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            (payloadBytes, maskIndex) = (Int(length), start + 4)
        case 127:
            guard let length = buffer.getInteger(at: start + 2, as: UInt64.self) else { return nil }
            guard length <= UInt64(Int64.max) else { throw .violation }
            (payloadBytes, maskIndex) = (Int(length), start + 10)
        default:
            (payloadBytes, maskIndex) = (short, start + 2)
        }
        // Kept in the order of memory, as the payload is.
        guard let mask = buffer.getInteger(at: maskIndex, endianness: .host, as: UInt32.self) else { return nil }
        buffer.moveReaderIndex(to: maskIndex + 4)
        return WebSocketHead(
            opcode: opcode, isLast: isLast, isCompressed: isCompressed, payloadBytes: payloadBytes, mask: mask)
    }

    /// Copies masked bytes that stand `offset` bytes behind the beginning of the payload.
    static func unmask(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, mask: UInt32, offset: Int
    ) {
        let bits = UInt32(offset & 3) * 8
        let turned = bits == 0 ? mask : mask >> bits | mask << (32 - bits)
        let wide = UInt64(turned) | UInt64(turned) << 32
        var index = 0
        while index + 8 <= source.count {
            let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            target.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < source.count {
            target[index] = source[index] ^ UInt8(truncatingIfNeeded: wide >> (UInt64(index & 7) * 8))
            index += 1
        }
    }
}

extension ByteBuffer {
    /// Writes a frame of the server's: whole, unmasked.
    mutating func writeFrame(_ opcode: WebSocketOpcode, isCompressed: Bool = false, _ payload: UnsafeRawBufferPointer) {
        reserveCapacity(minimumWritableBytes: payload.count + 10)
        writeInteger(0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue)
        switch payload.count {
        case 0...125:
            writeInteger(UInt8(payload.count))
        case 126...0xFFFF:
            writeInteger(UInt8(126))
            writeInteger(UInt16(payload.count))
        default:
            writeInteger(UInt8(127))
            writeInteger(UInt64(payload.count))
        }
        writeBytes(payload)
    }

    /// Writes a closing frame; 1005 stands for one without a code.
    mutating func writeClose(code: Int, reason: UnsafeRawBufferPointer) {
        guard code != 1005 else { return writeFrame(.close, UnsafeRawBufferPointer(start: nil, count: 0)) }
        var payload = [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)]
        payload += reason
        payload.withUnsafeBytes { writeFrame(.close, $0) }
    }
}
