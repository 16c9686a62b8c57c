import Glibc

/// Reads whole heads of requests, each in one pass.
enum HeadReader {
    private static let longestMethodBytes = 24

    /// Bytes and lines up to the end of the empty line that ends a head, searched from a place that is not behind its
    /// last line's end; nil when it is not there. Lines are counted from that place on.
    static func end(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (byteCount: Int, lineCount: Int)? {
        guard let base = bytes.baseAddress else { return nil }
        var index = start
        var lineCount = 0
        while index < bytes.count, let found = memchr(base + index, 0x0A, bytes.count - index) {
            lineCount += 1
            index = UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
            if index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A { return (index + 2, lineCount) }
        }
        return nil
    }

    /// Reads a head that ends with the last of the bytes, two ends of lines.
    static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, lineCount: Int, maximumBytes: Int, maximumCount: Int
    ) throws(RequestFault) -> RequestHead {
        guard lineCount <= maximumCount + 1 else { throw .headTooLarge }
        let line = try RequestLine(bytes)
        var framing = BodyFraming()
        var fault: RequestFault?
        // Not made with uninitialized elements, which would cost a search for the type of the memory each time.
        var text: [UInt8] = []
        var fields: [RequestHead.Field] = []
        fields.reserveCapacity(lineCount)
        text.append(addingCapacity: bytes.count) { span in
            span.withUnsafeMutableBufferPointer { text, textCount in
                var pass = FieldPass(bytes: bytes, text: text, position: line.byteCount)
                pass.copyTarget(line.target)
                fault = pass.run(&framing, &fields, maximumBytes: maximumBytes)
                textCount = pass.textCount
            }
        }
        if let fault { throw fault }
        return RequestHead(
            method: line.method, isOld: line.isOld, framing: framing, text: text, targetCount: line.target.count,
            fields: fields)
    }

    /// Whether a line without its end is a header.
    static func isField(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return false }
        return line[..<colon].allSatisfy { HeaderBytes.lowercase($0) != 0 }
            && line[(colon + 1)...].allSatisfy(HeaderBytes.isText)
    }

    /// The first line of a request.
    private struct RequestLine {
        let method: String
        let target: UnsafeBufferPointer<UInt8>
        let isOld: Bool
        /// Bytes of the line with its end.
        let byteCount: Int

        init(_ bytes: UnsafeBufferPointer<UInt8>) throws(RequestFault) {
            var index = 0
            while HeaderBytes.isOfMethod(bytes[index]) { index += 1 }
            guard index > 0, index <= longestMethodBytes, bytes[index] == UInt8(ascii: " ") else { throw .malformed }
            method = Self.method(UnsafeBufferPointer(rebasing: bytes[..<index]))
            let start = index + 1
            index = start
            while bytes[index] > 0x20, bytes[index] < 0x7F { index += 1 }
            target = UnsafeBufferPointer(rebasing: bytes[start..<index])
            guard bytes[index] == UInt8(ascii: " "), Self.isTarget(target, isTunnel: method == "CONNECT"),
                bytes.count - index >= 13
            else { throw .malformed }
            // Ten bytes are there: at least the end of this line and an empty one follow.
            let version = UnsafeBufferPointer(rebasing: bytes[(index + 1)..<(index + 11)])
            if version.isEqual("HTTP/1.1\r\n") {
                isOld = false
            } else if version.isEqual("HTTP/1.0\r\n") {
                isOld = true
            } else {
                throw .malformed
            }
            byteCount = index + 11
        }

        private static func method(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
            // Literals, since most methods are these and no text has to be made for them.
            if bytes.isEqual("GET") { return "GET" }
            if bytes.isEqual("POST") { return "POST" }
            return String(decoding: bytes, as: UTF8.self)
        }

        private static func isTarget(_ target: UnsafeBufferPointer<UInt8>, isTunnel: Bool) -> Bool {
            guard let first = target.first else { return false }
            if first == UInt8(ascii: "/") || isTunnel { return true }
            if first == UInt8(ascii: "*") { return target.count == 1 }
            guard let colon = target.firstIndex(of: UInt8(ascii: ":")), target.count > colon + 3 else { return false }
            let isScheme = target[..<colon].allSatisfy {
                ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z")
            }
            return isScheme && colon > 0 && target[colon + 1] == UInt8(ascii: "/")
                && target[colon + 2] == UInt8(ascii: "/")
        }
    }

    /// One pass over the headers. All text of a head fits into as many bytes as it has, and every loop ends at the
    /// empty line at the latest, since no byte of it may stand in a name or a value.
    private struct FieldPass {
        let bytes: UnsafeBufferPointer<UInt8>
        let text: UnsafeMutableBufferPointer<UInt8>
        var position: Int
        var textCount = 0

        mutating func copyTarget(_ target: UnsafeBufferPointer<UInt8>) {
            UnsafeMutableRawBufferPointer(text).copyMemory(from: UnsafeRawBufferPointer(target))
            textCount = target.count
        }

        mutating func run(
            _ framing: inout BodyFraming, _ fields: inout [RequestHead.Field], maximumBytes: Int
        ) -> RequestFault? {
            let end = bytes.count - 2
            while position < end {
                let nameStart = textCount
                var name = HeaderBytes.lowercase(bytes[position])
                while name != 0 {
                    text[textCount] = name
                    textCount += 1
                    position += 1
                    name = HeaderBytes.lowercase(bytes[position])
                }
                guard bytes[position] == UInt8(ascii: ":"), textCount > nameStart else { return .malformed }
                position += 1
                while HeaderBytes.isBlank(bytes[position]) { position += 1 }
                let start = position
                position = HeaderBytes.endOfText(bytes, from: position)
                guard bytes[position] == 0x0D, bytes[position + 1] == 0x0A else { return .malformed }
                var valueEnd = position
                position += 2
                while valueEnd > start, HeaderBytes.isBlank(bytes[valueEnd - 1]) { valueEnd -= 1 }
                let valueStart = textCount
                let value = UnsafeBufferPointer(rebasing: bytes[start..<valueEnd])
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(text)[valueStart...])
                    .copyMemory(from: UnsafeRawBufferPointer(value))
                textCount += value.count
                if textCount > maximumBytes { return .headTooLarge }
                fields.append(
                    RequestHead.Field(
                        nameStart: Int32(nameStart), nameCount: Int32(valueStart - nameStart),
                        valueStart: Int32(valueStart), valueCount: Int32(value.count)))
                framing.take(UnsafeBufferPointer(rebasing: text[nameStart..<valueStart]), value)
            }
            return textCount > maximumBytes ? .headTooLarge : nil
        }
    }
}

/// What bytes may stand where in a head.
enum HeaderBytes {
    /// The lower case of each byte of a header's name, zero for what may not stand in one.
    private static let names: StaticString = """
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \0!\0#$%&'\0\0*+\0-.\00123456789\0\0\0\0\0\0\
        \0abcdefghijklmnopqrstuvwxyz\0\0\0^_\
        `abcdefghijklmnopqrstuvwxyz\0|\0~\0
        """

    static func lowercase(_ byte: UInt8) -> UInt8 { byte < 0x80 ? names.utf8Start[Int(byte)] : 0 }

    static func isOfMethod(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")) || byte == UInt8(ascii: "-")
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// Whether a byte may stand in a header's value.
    static func isText(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == UInt8(ascii: "\t") }

    /// Position of the first byte that may not stand in a value; there must be one.
    static func endOfText(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while true {
            // Eight at a time while none of them is below a space or a delete (Anderson, "Bit Twiddling Hacks").
            while index + 8 <= bytes.count, let base = bytes.baseAddress {
                let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
                let deletes = word ^ 0x7F7F_7F7F_7F7F_7F7F
                let found =
                    ((word &- 0x2020_2020_2020_2020) & ~word) | ((deletes &- 0x0101_0101_0101_0101) & ~deletes)
                if found & 0x8080_8080_8080_8080 != 0 { break }
                index += 8
            }
            let stop = min(index + 8, bytes.count)
            while index < stop, isText(bytes[index]) { index += 1 }
            if index < stop { return index }
        }
    }
}
