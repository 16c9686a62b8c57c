import RawHTTP

/// A client of HTTP/2 that sends the frames it is told to and shows those that it gets.
final class FrameClient {
    /// One frame of the server's.
    struct Frame: Equatable {
        var kind: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        /// The whole body, where it is one.
        var text: String { String(decoding: payload, as: UTF8.self) }
        /// The code of a reset, or of the end of the connection.
        var code: UInt8? { payload.count >= 4 ? payload[kind == FrameClient.goAway ? 7 : 3] : nil }
        /// The status that a head begins with.
        var status: Int? { FrameClient.status(payload) }
    }

    static let (data, headers, reset, settings): (UInt8, UInt8, UInt8, UInt8) = (0, 1, 3, 4)
    static let (ping, goAway, windowUpdate): (UInt8, UInt8, UInt8) = (6, 7, 8)
    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4

    let client: RawClient
    /// Frames that came and were not asked for yet: frames of several streams come in no fixed order.
    private var waiting: [Frame] = []

    init(port: Int) throws {
        client = try RawClient(port: port)
        try client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        try send(Self.settings)
    }

    func send(_ kind: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) throws {
        let length = UInt32(payload.count)
        let head: [UInt8] = [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), kind, flags]
        try client.send(head + Self.bytes(stream) + payload)
    }

    /// Sends the head of a request.
    func request(
        _ stream: UInt32, _ method: String, _ path: String, ends: Bool = true, more: [(String, String)] = []
    ) throws {
        let fields = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "t")] + more
        let block = fields.flatMap { field -> [UInt8] in [0] + Self.text(field.0) + Self.text(field.1) }
        try send(Self.headers, flags: Self.endHeaders | (ends ? Self.endStream : 0), stream: stream, block)
    }

    /// The next frame of one of the kinds; nil at the end of the connection.
    func next(_ kinds: UInt8...) -> Frame? {
        if let index = waiting.firstIndex(where: { kinds.contains($0.kind) }) { return waiting.remove(at: index) }
        while let head = client.receiveBytes(9) {
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard let payload = client.receiveBytes(length) else { return nil }
            let stream = head[5...].reduce(0) { $0 << 8 | UInt32($1) }
            let frame = Frame(kind: head[3], flags: head[4], stream: stream, payload: payload)
            if kinds.contains(frame.kind) { return frame }
            waiting.append(frame)
        }
        return nil
    }

    static func bytes(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
    }

    private static func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    /// The digits of a status by their Huffman codes: five bits for 0, 1 and 2, six for the others.
    private static func status(_ block: [UInt8]) -> Int? {
        let known = [0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500]
        guard let first = block.first else { return nil }
        if let status = known[Int(first)] { return status }
        guard first == 0x48, block.count > 4 else { return nil }
        let bits = block[2..<5].reduce(0) { $0 << 8 | UInt32($1) }
        var (position, status) = (24, 0)
        for _ in 0..<3 {
            let five = Int(bits >> UInt32(position - 5) & 0x1F)
            if five < 3 {
                (position, status) = (position - 5, status * 10 + five)
            } else {
                (position, status) = (position - 6, status * 10 + Int(bits >> UInt32(position - 6) & 0x3F) - 0x16)
            }
        }
        return status
    }
}
