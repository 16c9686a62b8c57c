import Glibc
import NIOCore

/// Takes the bytes of one connection apart into requests, by RFC 9112 and without any of its leniences: lines end in
/// CR LF, no header is folded, and what could be read in two ways is not read at all.
///
/// It reads straight out of the bytes that arrived and makes nothing but the head, since this is the part of a server
/// that every request goes through.
struct HTTP1RequestParser {
    /// A piece of a request.
    enum Part {
        case head(RequestHead)
        case body(ByteBuffer)
        case end
    }

    /// Where in a request the next byte belongs.
    private enum State {
        case head
        /// So many bytes of a body of known length follow.
        case body(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        /// The end of the line after a chunk.
        case chunkEnd
        case trailer(bytes: Int)
        case end
        case failed
    }

    /// Longest line with the size of a chunk; what stands behind the size is for nobody.
    private static let maximumSizeLineBytes = 4096
    /// Empty lines before a request, after which no request is expected any more.
    private static let maximumSkippedBytes = 64

    let maximumHeaderBytes: Int
    let maximumHeaderCount: Int
    private var state = State.head
    /// Bytes at the beginning of an incomplete head in which its end is known not to begin.
    private var searchedBytes = 0
    /// Empty lines that came since the last request.
    private var skippedBytes = 0

    /// Creates the parser of a connection.
    init(maximumHeaderBytes: Int, maximumHeaderCount: Int) {
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumHeaderCount = maximumHeaderCount
    }

    /// Whether the bytes so far end between two requests, so that there the connection may end as well.
    func isBetweenRequests(_ buffer: ByteBuffer) -> Bool {
        if case .head = state { return buffer.readableBytes == 0 }
        return false
    }

    /// The next part, taken off the beginning of the buffer; nil when there is too little for one. After it has thrown,
    /// it is not to be called again.
    mutating func next(_ buffer: inout ByteBuffer) throws(RequestFault) -> Part? {
        while true {
            switch state {
            case .head:
                guard let head = try nextHead(&buffer) else { return nil }
                return .head(head)
            case .body(let remaining):
                return takeBody(&buffer, remaining, else: .end) { .body(remaining: $0) }
            case .chunk(let remaining):
                return takeBody(&buffer, remaining, else: .chunkEnd) { .chunk(remaining: $0) }
            case .chunkSize:
                guard let size = try nextSize(&buffer) else { return nil }
                state = size == 0 ? .trailer(bytes: 0) : .chunk(remaining: size)
            case .chunkEnd:
                guard let count = try nextLine(&buffer, maximumBytes: 2) else { return nil }
                guard count == 2 else { throw fail(.malformed) }
                buffer.moveReaderIndex(forwardBy: 2)
                state = .chunkSize
            case .trailer(let bytes):
                guard try takeTrailer(&buffer, bytes) else { return nil }
            case .end:
                state = .head
                return .end
            case .failed:
                return nil
            }
        }
    }

    private mutating func fail(_ fault: RequestFault) -> RequestFault {
        state = .failed
        return fault
    }

    // MARK: The head

    private mutating func nextHead(_ buffer: inout ByteBuffer) throws(RequestFault) -> RequestHead? {
        skipEmptyLines(&buffer)
        if skippedBytes > Self.maximumSkippedBytes { throw fail(.malformed) }
        let searched = searchedBytes
        let limits = (bytes: maximumHeaderBytes, count: maximumHeaderCount)
        let outcome = buffer.withUnsafeReadableBytes { bytes -> Result<(RequestHead, Int)?, RequestFault> in
            let bytes = bytes.assumingMemoryBound(to: UInt8.self)
            guard let first = bytes.first else { return .success(nil) }
            guard HeaderBytes.isOfMethod(first) else { return .failure(.malformed) }
            guard var end = HeadReader.end(bytes, from: searched) else { return .success(nil) }
            // The lines of earlier reads have not been counted.
            if searched > 0 { end = HeadReader.end(bytes, from: 0) ?? end }
            return Result { () throws(RequestFault) in
                let head = try HeadReader.read(
                    UnsafeBufferPointer(rebasing: bytes[..<end.byteCount]), lineCount: end.lineCount,
                    maximumBytes: limits.bytes, maximumCount: limits.count)
                return (head, end.byteCount)
            }
        }
        switch outcome {
        case .failure(let fault):
            throw fail(fault)
        case .success(nil):
            let count = buffer.readableBytes
            // Beside names and values there are four bytes more in each line.
            if count > maximumHeaderBytes + 4 * maximumHeaderCount + 64 { throw fail(.headTooLarge) }
            searchedBytes = max(0, count - 2)
            return nil
        case .success(let (head, byteCount)?):
            buffer.moveReaderIndex(forwardBy: byteCount)
            searchedBytes = 0
            skippedBytes = 0
            let framing = head.framing
            state = framing.isChunked ? .chunkSize : framing.length > 0 ? .body(remaining: framing.length) : .end
            return head
        }
    }

    /// Empty lines before a request are what some old clients send behind a body.
    private mutating func skipEmptyLines(_ buffer: inout ByteBuffer) {
        let skipped = buffer.withUnsafeReadableBytes { bytes in
            var index = 0
            while index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A { index += 2 }
            return index
        }
        guard skipped > 0 else { return }
        buffer.moveReaderIndex(forwardBy: skipped)
        skippedBytes += skipped
    }

    // MARK: The body

    private mutating func takeBody(
        _ buffer: inout ByteBuffer, _ remaining: Int, else next: State, _ state: (Int) -> State
    ) -> Part? {
        let count = min(remaining, buffer.readableBytes)
        guard count > 0, let part = buffer.readSlice(length: count) else { return nil }
        self.state = count == remaining ? next : state(remaining - count)
        return .body(part)
    }

    /// The size of the next chunk; nil when its line is not complete.
    private mutating func nextSize(_ buffer: inout ByteBuffer) throws(RequestFault) -> Int? {
        guard let count = try nextLine(&buffer, maximumBytes: Self.maximumSizeLineBytes) else { return nil }
        let size = buffer.withUnsafeReadableBytes { Self.size(UnsafeRawBufferPointer(rebasing: $0[..<(count - 2)])) }
        guard let size else { throw fail(.malformed) }
        buffer.moveReaderIndex(forwardBy: count)
        return size
    }

    /// The number at the beginning of the line of a chunk.
    private static func size(_ line: UnsafeRawBufferPointer) -> Int? {
        var size = 0
        var index = 0
        while index < line.count, let digit = hexadecimal(line[index]) {
            if size >> 58 != 0 { return nil }
            size = size << 4 | digit
            index += 1
        }
        guard index > 0, isExtension(UnsafeRawBufferPointer(rebasing: line[index...])) else { return nil }
        return size
    }

    /// Whether what stands behind the size is `;name`, `;name=value` or `;name="value"`, as often as it likes.
    private static func isExtension(_ text: UnsafeRawBufferPointer) -> Bool {
        var rest = text[...]
        while !rest.isEmpty {
            guard rest.removeFirst() == UInt8(ascii: ";"), takeToken(&rest) else { return false }
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest.removeFirst()
            guard rest.first == UInt8(ascii: "\"") ? takeQuoted(&rest) : takeToken(&rest) else { return false }
        }
        return true
    }

    private static func takeToken(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
        let end = rest.firstIndex { HeaderBytes.lowercase($0) == 0 } ?? rest.endIndex
        defer { rest = rest[end...] }
        return end > rest.startIndex
    }

    private static func takeQuoted(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
        rest.removeFirst()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return true }
            guard HeaderBytes.isText(byte) else { return false }
            if byte == UInt8(ascii: "\\"), rest.popFirst().map(HeaderBytes.isText) != true { return false }
        }
        return false
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Takes a line of the trailer, whose fields are checked and thrown away; false when it is not complete.
    private mutating func takeTrailer(_ buffer: inout ByteBuffer, _ before: Int) throws(RequestFault) -> Bool {
        guard let count = try nextLine(&buffer, maximumBytes: maximumHeaderBytes, else: .headTooLarge) else {
            return false
        }
        let isField = buffer.withUnsafeReadableBytes { bytes in
            count == 2 || HeadReader.isField(UnsafeRawBufferPointer(rebasing: bytes[..<(count - 2)]))
        }
        guard isField else { throw fail(.malformed) }
        buffer.moveReaderIndex(forwardBy: count)
        guard before + count <= maximumHeaderBytes else { throw fail(.headTooLarge) }
        state = count == 2 ? .end : .trailer(bytes: before + count)
        return true
    }

    /// Length of the line at the beginning of the buffer with its end; nil when it is not complete.
    private mutating func nextLine(
        _ buffer: inout ByteBuffer, maximumBytes: Int, else fault: RequestFault = .malformed
    ) throws(RequestFault) -> Int? {
        let (count, isWhole) = buffer.withUnsafeReadableBytes { bytes in
            let room = UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, maximumBytes)])
            guard let base = room.baseAddress, let end = memchr(base, 0x0A, room.count) else { return (0, false) }
            let count = UnsafeRawPointer(end) - base + 1
            return (count, count >= 2 && room[count - 2] == 0x0D)
        }
        if count == 0 {
            if buffer.readableBytes >= maximumBytes { throw fail(fault) }
            return nil
        }
        guard isWhole else { throw fail(.malformed) }
        return count
    }
}
