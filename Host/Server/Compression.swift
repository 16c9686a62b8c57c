import CZlib
import GantryThreads

/// What a client accepts of an answer's coding, by its header `Accept-Encoding` (RFC 9110, 12.5.3).
public enum AcceptedCoding: Sendable, Equatable {
    /// The plain bytes.
    case identity
    case gzip

    /// Reads the header. Where neither coding is accepted the plain bytes are sent all the same: the RFC leaves that
    /// to the server, and an answer helps more than none.
    public init(_ header: String) {
        var gzip: Int?
        var identity: Int?
        var other: Int?
        for element in header.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = element.split(separator: UInt8(ascii: ";"))
            guard let first = parts.first else { continue }
            let quality = parts.dropFirst().lazy.compactMap(Self.quality).first ?? 1000
            let name = String(decoding: Self.trimmed(first), as: UTF8.self).lowercased()
            switch name {
            case "gzip", "x-gzip": gzip = quality
            case "identity": identity = quality
            case "*": other = quality
            default: break
            }
        }
        let gzipQuality = gzip ?? other ?? 0
        // Where nothing is said of the plain bytes they are as good as the worst that is named.
        self = gzipQuality > 0 && gzipQuality >= (identity ?? 0) ? .gzip : .identity
    }

    /// The thousandths of `q=0.5`; nil when this is another parameter. What is not readable counts as refused.
    private static func quality(_ text: Substring.UTF8View.SubSequence) -> Int? {
        let text = Array(trimmed(text))
        guard text.count >= 2, text[0] | 0x20 == UInt8(ascii: "q"), text[1] == UInt8(ascii: "=") else { return nil }
        let digits = text[2...]
        guard let first = digits.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"), digits.count <= 5
        else { return 0 }
        var value = Int(first - UInt8(ascii: "0")) * 1000
        guard digits.count > 1 else { return value }
        guard digits[3] == UInt8(ascii: ".") else { return 0 }
        var weight = 100
        for digit in digits.dropFirst(2) {
            guard (48...57).contains(digit) else { return 0 }
            value += Int(digit - 48) * weight
            weight /= 10
        }
        return value <= 1000 ? value : 0
    }

    private static func trimmed(_ text: Substring.UTF8View.SubSequence) -> Substring.UTF8View.SubSequence {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var text = text
        while let byte = text.first, isBlank(byte) { text.removeFirst() }
        while let byte = text.last, isBlank(byte) { text.removeLast() }
        return text
    }
}

/// Compresses into one gzip member. One thread at a time.
public final class GzipEncoder {
    /// How much memory an encoder may take for how small a result.
    public enum Size: Sendable {
        /// 260 KiB, for bodies that are compressed at once.
        case whole
        /// 24 KiB, for streams, of which there may be thousands.
        case stream

        fileprivate var windowBits: Int32 { self == .whole ? 15 : 12 }
        fileprivate var memoryLevel: Int32 { self == .whole ? 8 : 5 }
    }

    /// How much of what was written has to come out at once.
    public enum Flush: Sendable {
        /// What is worth it.
        case none
        /// Everything, so that the receiver can read it.
        case all
        /// Everything, and nothing follows.
        case last

        fileprivate var code: Int32 {
            switch self {
            case .none: Z_NO_FLUSH
            case .all: Z_SYNC_FLUSH
            case .last: Z_FINISH
            }
        }
    }

    private static let gzipFormat: Int32 = 16
    /// zlib keeps a pointer to its stream, so that this must not move.
    private let state: UnsafeMutablePointer<z_stream>

    /// Makes an encoder; nil when there is no memory for one.
    public init?(_ size: Size) {
        state = .allocate(capacity: 1)
        state.initialize(to: z_stream())
        // The fastest level: a host pays with the CPU of all tenants for the bandwidth of one.
        let result = gantry_deflate_init(state, 1, size.windowBits + Self.gzipFormat, size.memoryLevel)
        guard result == Z_OK else { return nil }
    }

    deinit {
        deflateEnd(state)
        state.deallocate()
    }

    /// Begins anew, as if nothing had been written.
    func reset() { deflateReset(state) }

    /// Appends what comes of the bytes.
    public func write(_ bytes: UnsafeRawBufferPointer, _ flush: Flush, to output: inout [UInt8]) {
        state.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        state.pointee.avail_in = UInt32(bytes.count)
        var isDone = false
        while !isDone {
            let room = max(512, Int(state.pointee.avail_in) / 2)
            output.append(addingCapacity: room) { span in
                span.withUnsafeMutableBufferPointer { buffer, count in
                    state.pointee.next_out = buffer.baseAddress
                    state.pointee.avail_out = UInt32(buffer.count)
                    let result = deflate(state, flush.code)
                    count = buffer.count - Int(state.pointee.avail_out)
                    let hasRoomLeft = state.pointee.avail_out > 0
                    isDone = result == Z_STREAM_END || result == Z_BUF_ERROR || (flush != .last && hasRoomLeft)
                }
            }
        }
        state.pointee.next_in = nil
        state.pointee.next_out = nil
    }
}

/// Compresses whole bodies with encoders that are used again. Any thread.
public final class Compression: Sendable {
    /// An encoder on its way in or out; it belongs to whoever took it out.
    private struct Loan: @unchecked Sendable {
        // Guard of the unchecked conformance: the lock around those that are kept, and that nobody keeps one that he
        // gave back.
        let encoder: GzipEncoder
    }

    private static let keptEncoders = 8
    private let idle = Lock<[Loan]>([])

    /// Creates one without encoders; they are made as they are needed.
    public init() {}

    /// The body as gzip; nil when that would not be shorter.
    public func gzip(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
        let taken = idle.withLock { $0.popLast() }
        guard body.count <= Int(UInt32.max), let encoder = taken?.encoder ?? GzipEncoder(.whole) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(body.count / 3 + 64)
        encoder.write(body, .last, to: &output)
        encoder.reset()
        giveBack(Loan(encoder: encoder))
        return output.count < body.count ? output : nil
    }

    private func giveBack(_ loan: Loan) {
        idle.withLock { idle in
            if idle.count < Self.keptEncoders { idle.append(loan) }
        }
    }
}
