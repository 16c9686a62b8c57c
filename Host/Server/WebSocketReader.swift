import NIOCore

/// Makes whole messages of what a client sends. Event loop only.
struct WebSocketReader {
    /// What was read.
    enum Item {
        /// A message, which lies in `message` until the next read.
        case message(isText: Bool)
        case ping
        case pong
        /// The client closes: with 1005 where it gives no code. The reason lies in `control`.
        case close(code: Int)
    }

    /// A frame whose payload is arriving.
    private struct Frame {
        let head: WebSocketHead
        var readBytes = 0
    }

    /// Largest buffer that an idle connection keeps for its next message.
    private static let keptBytes = 4096

    private let maximumMessageBytes: Int
    /// Nil where no compression was negotiated.
    private var inflater: WebSocketInflater?
    private var frame: Frame?
    /// Kind of the message that is arriving in fragments.
    private var messageOpcode: WebSocketOpcode?
    private var isCompressed = false
    private var text = UTF8Stream()
    /// The message so far.
    private(set) var message = ByteBuffer()
    /// Payload of the last control frame, behind the code where it closes.
    private(set) var control = ByteBuffer()

    init(maximumMessageBytes: Int, inflater: WebSocketInflater?) {
        self.maximumMessageBytes = maximumMessageBytes
        self.inflater = inflater
    }

    /// The next item; nil when more must arrive first. The input keeps at most a part of a head.
    mutating func next(_ input: inout ByteBuffer) throws(WebSocketFault) -> Item? {
        while true {
            if frame == nil {
                guard let head = try WebSocketHead.read(&input) else { return nil }
                try begin(head)
            }
            guard let current = frame, try readPayload(current, &input) else { return nil }
            frame = nil
            if let item = try end(current.head) { return item }
        }
    }

    /// Lets go of the memory of the message that was handed on.
    mutating func release() {
        if message.capacity > Self.keptBytes { message = ByteBuffer() } else { message.clear() }
    }

    private mutating func begin(_ head: WebSocketHead) throws(WebSocketFault) {
        frame = Frame(head: head)
        switch head.opcode {
        case .close, .ping, .pong:
            return control.clear()
        case .continuation:
            guard messageOpcode != nil else { throw .violation }
        case .text, .binary:
            guard messageOpcode == nil, !head.isCompressed || inflater != nil else { throw .violation }
            messageOpcode = head.opcode
            isCompressed = head.isCompressed
            text = UTF8Stream()
            message.clear()
        }
        // Of a compressed message the size is judged as it unfolds; what cannot be compressed grows a little.
        let room = isCompressed ? maximumMessageBytes / 64 + maximumMessageBytes + 64 : maximumMessageBytes
        let known = isCompressed ? 0 : message.readableBytes
        guard head.payloadBytes <= room - known else { throw .tooBig }
    }

    /// Takes what has arrived of the payload; true when it is whole.
    private mutating func readPayload(
        _ current: Frame, _ input: inout ByteBuffer
    ) throws(WebSocketFault) -> Bool {
        let count = min(input.readableBytes, current.head.payloadBytes - current.readBytes)
        let offset = current.readBytes
        frame?.readBytes += count
        let isWhole = offset + count == current.head.payloadBytes
        guard count > 0 else { return isWhole }
        let piece = input.readSlice(length: count) ?? ByteBuffer()
        if current.head.opcode.isControl {
            Self.unmask(piece, into: &control, current.head, offset)
        } else if isCompressed {
            var packed = ByteBuffer()
            Self.unmask(piece, into: &packed, current.head, offset)
            try unfold(packed)
        } else {
            let start = message.writerIndex
            Self.unmask(piece, into: &message, current.head, offset)
            try check(from: start)
        }
        return isWhole
    }

    private static func unmask(
        _ piece: ByteBuffer, into buffer: inout ByteBuffer, _ head: WebSocketHead, _ offset: Int
    ) {
        _ = piece.withUnsafeReadableBytes { source in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: source.count) { target in
                WebSocketHead.unmask(source, into: target, mask: head.mask, offset: offset)
                return source.count
            }
        }
    }

    private mutating func unfold(_ packed: ByteBuffer) throws(WebSocketFault) {
        let start = message.writerIndex
        try inflater?.unfold(packed, into: &message, maximumBytes: maximumMessageBytes)
        try check(from: start)
    }

    /// Judges what was added to a text.
    private mutating func check(from start: Int) throws(WebSocketFault) {
        guard messageOpcode == .text else { return }
        let isText = message.withUnsafeReadableBytes { bytes in
            text.read(UnsafeRawBufferPointer(rebasing: bytes[(start - message.readerIndex)...]))
        }
        guard isText else { throw .notText }
    }

    private mutating func end(_ head: WebSocketHead) throws(WebSocketFault) -> Item? {
        switch head.opcode {
        case .ping: return .ping
        case .pong: return .pong
        case .close: return .close(code: try closeCode())
        case .continuation, .text, .binary:
            guard head.isLast else { return nil }
            if isCompressed { try finishUnfolding() }
            let isText = messageOpcode == .text
            messageOpcode = nil
            guard !isText || text.isComplete else { throw .notText }
            return .message(isText: isText)
        }
    }

    private mutating func finishUnfolding() throws(WebSocketFault) {
        let start = message.writerIndex
        try inflater?.finish(into: &message, maximumBytes: maximumMessageBytes)
        try check(from: start)
    }

    /// The code of a closing frame; leaves the reason in `control`.
    private mutating func closeCode() throws(WebSocketFault) -> Int {
        if control.readableBytes == 0 { return 1005 }
        guard let code = control.readInteger(as: UInt16.self) else { throw .violation }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw .violation
        }
        guard control.withUnsafeReadableBytes({ UTF8Stream.isValid($0) }) else { throw .notText }
        return Int(code)
    }
}
