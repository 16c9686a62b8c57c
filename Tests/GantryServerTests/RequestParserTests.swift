import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import GantryServer

@Suite("The parser of requests")
struct RequestParserTests {
    @Test("A head is read with names in lower case and values without the blanks around them")
    func head() throws {
        let request = try #require(
            try parse("GET /a?b=c HTTP/1.1\r\nHost: t\r\nX-Mixed-Case:  \tsome value \t\r\nEmpty:\r\n\r\n").first)
        #expect(request.method == "GET")
        #expect(request.target == "/a?b=c")
        #expect(request.fields == ["host: t", "x-mixed-case: some value", "empty: "])
        #expect(request.isKeepAlive)
        #expect(request.isWhole && request.body.isEmpty)
    }

    @Test("Bytes that come one by one are read as those that come at once")
    func dribbled() throws {
        for text in Self.readable {
            let whole = try parse(text)
            #expect(!whole.isEmpty)
            for size in [1, 2, 3, 7, 50] { #expect(try parse(text, pieceBytes: size) == whole, "\(text), \(size)") }
        }
    }

    @Test(
        "What stands behind the size of a chunk has a form",
        arguments: [
            (";a", true), (";a=b;c", true), (";a=\"b \\\" c\"", true), ("", true), (";", false), (" ;a", false),
            ("; a", false), (";a=", false), (";a=\"b", false), (";a=\"b\"c", false), (";a b", false), (",a", false),
        ])
    func extensions(text: String, isReadable: Bool) {
        let request = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\(text)\r\nx\r\n0\(text)\r\n\r\n"
        #expect(self.isReadable(Array(request.utf8)) == isReadable)
    }

    @Test("Several requests come out one after the other, and empty lines between them are nobody's")
    func pipelined() throws {
        let requests = try parse(
            "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\r\n\r\nPUT /b HTTP/1.0\r\n\r\nDELETE /c HTTP/1.1\r\n\r\n")
        #expect(requests.map(\.target) == ["/a", "/b", "/c"])
        #expect(requests.map(\.body) == ["abc", "", ""])
        #expect(requests.map(\.isKeepAlive) == [true, false, true])
    }

    @Test("Chunks become the body, and what a trailer says is thrown away")
    func chunks() throws {
        let text =
            "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nab\r\n0A\r\n0123456789\r\n00\r\nA: b\r\n\r\n"
        let request = try #require(try parse(text).first)
        #expect(request.body == "ab0123456789")
        #expect(request.isWhole)
        #expect(request.fields == ["transfer-encoding: Chunked"])
    }

    @Test(
        "What the connection is to do is read from all its headers",
        arguments: [
            ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
            ("HTTP/1.1", "Connection: x, CLOSE ,y\r\n", false), ("HTTP/1.1", "Connection: closed\r\n", true),
            ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
            ("HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ])
    func keepAlive(version: String, lines: String, isKept: Bool) throws {
        #expect(try parse("GET / \(version)\r\n\(lines)\r\n")[0].isKeepAlive == isKept)
    }

    @Test("Every byte is where it may be, and nowhere else")
    func bytes() throws {
        let token = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max {
            let name = Array("GET / HTTP/1.1\r\nA".utf8) + [byte] + Array("B: c\r\n\r\n".utf8)
            // A colon ends the name, and the value is what follows it.
            #expect(isReadable(name) == (token.contains(byte) || byte == UInt8(ascii: ":")), "\(byte) in a name")
            for padding in [0, 8] {
                let filler = [UInt8](repeating: UInt8(ascii: "v"), count: padding)
                let value = Array("GET / HTTP/1.1\r\nA: x".utf8) + filler + [byte] + filler + Array("\r\n\r\n".utf8)
                let isText = byte >= 0x20 && byte != 0x7F || byte == 9
                #expect(isReadable(value) == isText, "\(byte) in a value")
            }
            let target = Array("GET /".utf8) + [byte] + Array("b HTTP/1.1\r\n\r\n".utf8)
            #expect(isReadable(target) == (byte > 0x20 && byte < 0x7F), "\(byte) in a target")
        }
    }

    @Test(
        "Limits are kept to the byte",
        arguments: [(1, 100, 31, true), (1, 100, 32, false), (10, 10, 1, true), (11, 10, 1, false)])
    func limits(lines: Int, maximumCount: Int, valueBytes: Int, isKept: Bool) {
        // The target has one byte, and each name one: 1 + 1 + 31 are the 33 that are allowed of one line.
        let line = "A: \(String(repeating: "v", count: valueBytes))\r\n"
        var parser = HTTP1RequestParser(maximumHeaderBytes: 33, maximumHeaderCount: maximumCount)
        var buffer = ByteBuffer(string: "GET / HTTP/1.1\r\n\(String(repeating: line, count: lines))\r\n")
        let result = Result { () throws(RequestFault) in try parser.next(&buffer) }
        switch result {
        case .success(let part): #expect(isKept && part != nil)
        case .failure(let fault): #expect(!isKept && fault == .headTooLarge)
        }
    }

    @Test("A head without an end is refused when it is longer than it may be")
    func endlessHead() {
        for piece in ["GET /\(String(repeating: "a", count: 100))", "A: b\r\n", "A"] {
            var parser = HTTP1RequestParser(maximumHeaderBytes: 1000, maximumHeaderCount: 10)
            var buffer = ByteBuffer(string: "GET / HTTP/1.1\r\n")
            var fault: RequestFault?
            for _ in 0..<3000 where fault == nil {
                buffer.writeString(piece)
                do throws(RequestFault) { _ = try parser.next(&buffer) } catch { fault = error }
            }
            #expect(fault == .headTooLarge)
            #expect(buffer.readableBytes < 3000)
        }
    }

    @Test("A line that gives the size of a chunk ends, and so does a trailer")
    func endlessLines() {
        for (start, piece, expected) in [
            ("2;", "xxxxxxxx", RequestFault.malformed), ("", "00000000", .malformed),
            ("0\r\n", "A: b\r\n", .headTooLarge),
            ("0\r\n", "AAAAAAAA", .headTooLarge),
        ] {
            var parser = HTTP1RequestParser(maximumHeaderBytes: 1000, maximumHeaderCount: 10)
            var buffer = ByteBuffer(string: "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\(start)")
            var fault: RequestFault?
            for _ in 0..<1000 where fault == nil {
                buffer.writeString(piece)
                do throws(RequestFault) { while try parser.next(&buffer) != nil {} } catch { fault = error }
            }
            #expect(fault == expected, "\(piece)")
        }
    }

    @Test("What it reads, another parser reads in the same way")
    func agreement() throws {
        // The mutations are the same in each run.
        var random = SplitMix(state: 20_261_121)
        var readCount = 0
        for _ in 0..<4000 {
            var bytes = Array((Self.readable.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) { Self.mutate(&bytes, &random) }
            guard var own = try? parse(bytes), !own.isEmpty else { continue }
            // What follows a request that ends the connection is nobody's; that parser does not look at it.
            if let last = own.firstIndex(where: { !$0.isKeepAlive }) { own.removeSubrange((last + 1)...) }
            readCount += own.count
            let other = Self.parseByNIO(bytes)
            // Any word may be a method here, and there only those on a list.
            guard let other, other.count >= own.count else {
                #expect(
                    own.contains { HTTPMethod(rawValue: $0.method).isRaw }, "\(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            for (one, two) in zip(own, other) { #expect(one == two, "\(String(decoding: bytes, as: UTF8.self))") }
        }
        #expect(readCount > 1000)
    }
}

extension RequestParserTests {
    /// A request as it came out.
    struct Request: Equatable {
        var method: String
        var target: String
        var fields: [String]
        var isKeepAlive: Bool
        var body = ""
        var isWhole = false
    }

    private static let readable = [
        "GET / HTTP/1.1\r\nHost: t\r\n\r\n",
        "GET /a/b?c=d&e HTTP/1.0\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Type: a/b\r\n\r\n"
            + "helloGET / HTTP/1.1\r\nA: b\r\n\r\n",
        "PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n",
        "PATCH /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "1\r\n\n\r\n0\r\nA: b\r\nC:\r\n\r\nHEAD /y HTTP/1.1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: \r\nConnection: close, te\r\nX:\ty z \r\n\r\n",
        "GET http://a.b:80/c HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
    ]

    private func parse(_ text: String, pieceBytes: Int = .max) throws -> [Request] {
        try parse(Array(text.utf8), pieceBytes: pieceBytes)
    }

    private func isReadable(_ bytes: [UInt8]) -> Bool { (try? parse(bytes))?.first?.isWhole == true }

    private func parse(_ bytes: [UInt8], pieceBytes: Int = .max) throws -> [Request] {
        var parser = HTTP1RequestParser(maximumHeaderBytes: 1000, maximumHeaderCount: 20)
        var buffer = ByteBuffer()
        var requests: [Request] = []
        for start in stride(from: 0, to: bytes.count, by: min(pieceBytes, bytes.count)) {
            buffer.writeBytes(bytes[start..<min(bytes.count, start + min(pieceBytes, bytes.count))])
            while let part = try parser.next(&buffer) {
                switch part {
                case .head(let head):
                    if head.framing.isUnreadable || head.framing.isContradictory { throw RequestFault.malformed }
                    var fields: [String] = []
                    head.forEachField { name, value in
                        fields.append(
                            "\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))")
                    }
                    requests.append(
                        Request(
                            method: head.method, target: head.target, fields: fields, isKeepAlive: head.isKeepAlive))
                case .body(let part): requests[requests.count - 1].body += String(buffer: part)
                case .end: requests[requests.count - 1].isWhole = true
                }
            }
        }
        return requests
    }

    /// The same by the parser of NIO; nil when that refuses the first request.
    private static func parseByNIO(_ bytes: [UInt8]) -> [Request]? {
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        var requests: [Request] = []
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                requests.append(
                    Request(
                        method: head.method.rawValue, target: head.uri,
                        fields: head.headers.map { "\($0.name.lowercased()): \(trimmed($0.value))" },
                        isKeepAlive: head.isKeepAlive))
            case .body(let part): requests[requests.count - 1].body += String(buffer: part)
            case .end: requests[requests.count - 1].isWhole = true
            }
        }
        return requests.isEmpty ? nil : requests
    }

    /// That parser leaves blanks at the end of a value to its callers.
    private static func trimmed(_ value: String) -> Substring {
        var value = value[...]
        while let last = value.last, last == " " || last == "\t" { value.removeLast() }
        return value
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let interesting = Array("\r\n\t :,;0123456789aZ/\0\u{7f}".utf8) + [0x80, 0xFF]
        let index = Int.random(in: 0..<max(1, bytes.count), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where !bytes.isEmpty: bytes.remove(at: index)
        case 1 where !bytes.isEmpty: bytes[index] = interesting.randomElement(using: &random) ?? 0
        case 2: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
        default: bytes += Array("X-More: 1\r\n\r\n".utf8)
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}

extension HTTPMethod {
    fileprivate var isRaw: Bool {
        if case .RAW = self { return true }
        return false
    }
}
