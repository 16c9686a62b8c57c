import CZlib
import NIOCore

/// What both sides agreed on for `permessage-deflate` (RFC 7692).
struct WebSocketCompression: Sendable, Equatable {
    /// The server compresses each message by itself.
    var resetsServer = false
    /// The client does.
    var resetsClient = false
    /// Size of the server's window, 9 to 15.
    var serverWindowBits = 15
    /// Whether the client asked for that size.
    var namesServerWindow = false

    /// Takes the first offer that can be met; nil when there is none.
    static func negotiate(_ offers: String, keepsServerContext: Bool, keepsClientContext: Bool) -> WebSocketCompression?
    {
        for offer in offers.split(separator: ",") {
            let parts = offer.split(separator: ";").map { Self.trimmed($0) }
            guard parts.first?.lowercased() == "permessage-deflate" else { continue }
            var agreed = WebSocketCompression()
            agreed.resetsServer = !keepsServerContext
            agreed.resetsClient = !keepsClientContext
            if agreed.take(parts.dropFirst()) { return agreed }
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    /// Takes the parameters of an offer; false when one is unknown, occurs twice or cannot be met.
    private mutating func take(_ parameters: ArraySlice<Substring>) -> Bool {
        var seen: Set<String> = []
        for parameter in parameters {
            let sides = parameter.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
            let name = sides[0].lowercased()
            guard seen.insert(name).inserted else { return false }
            let value = sides.count > 1 ? sides[1].filter { $0 != "\"" } : nil
            switch (name, value) {
            case ("server_no_context_takeover", nil): resetsServer = true
            case ("client_no_context_takeover", nil): resetsClient = true
            // The client's window may be as large as it likes: the server's is the largest there is.
            case ("client_max_window_bits", nil): break
            case ("client_max_window_bits", let value?):
                guard let bits = Int(value), (8...15).contains(bits) else { return false }
            case ("server_max_window_bits", let value?):
                // The library knows no window of 8 bits.
                guard let bits = Int(value), (9...15).contains(bits) else { return false }
                (serverWindowBits, namesServerWindow) = (bits, true)
            default: return false
            }
        }
        return true
    }

    /// Value of the header in the answer.
    var header: String {
        var text = "permessage-deflate"
        if resetsServer { text += "; server_no_context_takeover" }
        if resetsClient { text += "; client_no_context_takeover" }
        if namesServerWindow { text += "; server_max_window_bits=\(serverWindowBits)" }
        return text
    }
}

/// What the library works with; freed with its owner.
private final class ZlibStream: @unchecked Sendable {
    // Guard: whoever owns it lets one thread at a time use it.
    let stream: UnsafeMutablePointer<z_stream>
    private let isDeflating: Bool

    init?(isDeflating: Bool, windowBits: Int) {
        self.isDeflating = isDeflating
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // The fastest level, as for answers, and a window of 8 KiB: 64 KiB of memory for each connection, not 256.
        let status =
            isDeflating
            ? gantry_deflate_init(stream, 1, -Int32(min(windowBits, 13)), 6) : gantry_inflate_init(stream, -15)
        guard status == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        if isDeflating { deflateEnd(stream) } else { inflateEnd(stream) }
        stream.deallocate()
    }
}

/// Unfolds a client's messages, and no further than is allowed.
struct WebSocketInflater {
    private static let tail: [UInt8] = [0, 0, 0xFF, 0xFF]
    private static let pieceBytes = 16 * 1024

    private let resetsContext: Bool
    private var zlib: ZlibStream?

    init(_ compression: WebSocketCompression) {
        resetsContext = compression.resetsClient
    }

    /// Adds what the bytes unfold to.
    mutating func unfold(
        _ packed: ByteBuffer, into message: inout ByteBuffer, maximumBytes: Int
    ) throws(WebSocketFault) {
        if zlib == nil { zlib = ZlibStream(isDeflating: false, windowBits: 15) }
        guard let stream = zlib?.stream else { throw .violation }
        var packed = packed
        var fault: WebSocketFault?
        packed.withUnsafeMutableReadableBytes { input in
            stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            fault = Self.run(stream, &message, maximumBytes)
        }
        if let fault { throw fault }
    }

    private static func run(
        _ stream: UnsafeMutablePointer<z_stream>, _ message: inout ByteBuffer, _ maximumBytes: Int
    ) -> WebSocketFault? {
        while true {
            // One byte more than is allowed tells that there is more.
            let room = min(pieceBytes, maximumBytes + 1 - message.readableBytes)
            var status = Z_OK
            message.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(room)
                status = inflate(stream, Z_SYNC_FLUSH)
                return room - Int(stream.pointee.avail_out)
            }
            if message.readableBytes > maximumBytes { return .tooBig }
            switch status {
            case Z_OK where stream.pointee.avail_out == 0: continue
            case Z_OK, Z_BUF_ERROR:
                if stream.pointee.avail_in == 0 { return nil }
                if status == Z_BUF_ERROR { return .violation }
            case Z_STREAM_END:
                // A last block ends a stream; what follows begins another one.
                inflateReset(stream)
                if stream.pointee.avail_in == 0 { return nil }
            default: return WebSocketFault(code: 1007, reason: "")
            }
        }
    }

    /// The message is whole.
    mutating func finish(into message: inout ByteBuffer, maximumBytes: Int) throws(WebSocketFault) {
        try unfold(ByteBuffer(bytes: Self.tail), into: &message, maximumBytes: maximumBytes)
        if resetsContext, let stream = zlib?.stream { inflateReset(stream) }
    }
}

/// Folds the server's messages.
struct WebSocketDeflater {
    /// Smaller messages are not worth it.
    static let leastBytes = 64

    private let compression: WebSocketCompression
    private var zlib: ZlibStream?

    init(_ compression: WebSocketCompression) {
        self.compression = compression
    }

    /// The folded message; nil when there is no memory for that.
    mutating func fold(_ message: UnsafeRawBufferPointer) -> [UInt8]? {
        if zlib == nil { zlib = ZlibStream(isDeflating: true, windowBits: compression.serverWindowBits) }
        guard let stream = zlib?.stream else { return nil }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: message.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(message.count)
        var folded: [UInt8] = []
        var isFull = true
        while isFull {
            folded += [UInt8](unsafeUninitializedCapacity: max(256, message.count / 2)) { room, count in
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                deflate(stream, Z_SYNC_FLUSH)
                count = room.count - Int(stream.pointee.avail_out)
            }
            isFull = stream.pointee.avail_out == 0
        }
        // The flush ends with four bytes that both sides know.
        if folded.count >= 4 { folded.removeLast(4) }
        if compression.resetsServer { deflateReset(stream) }
        return folded
    }
}
