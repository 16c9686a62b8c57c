import NIOCore
import Testing

@testable import GantryServer

@Suite("Frames of WebSockets")
struct WebSocketReaderTests {
    /// A client's frame.
    private func frame(_ first: UInt8, _ payload: [UInt8], mask: [UInt8] = [1, 2, 3, 4]) -> [UInt8] {
        var bytes = [first]
        switch payload.count {
        case 0...125: bytes.append(0x80 | UInt8(payload.count))
        case 126...0xFFFF: bytes += [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(0xFF)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    /// What a reader makes of the bytes, given in pieces of a size.
    private func read(
        _ bytes: [UInt8], pieces: Int = .max, limit: Int = 1 << 20, inflater: WebSocketInflater? = nil
    ) throws(WebSocketFault) -> [String] {
        var reader = WebSocketReader(maximumMessageBytes: limit, inflater: inflater)
        var seen: [String] = []
        var input = ByteBuffer()
        var start = 0
        while start < bytes.count {
            let end = start + min(pieces, bytes.count - start)
            input.writeBytes(bytes[start..<end])
            start = end
            while let item = try reader.next(&input) {
                switch item {
                case .message(let isText): seen.append((isText ? "text " : "bytes ") + String(buffer: reader.message))
                case .ping: seen.append("ping " + String(buffer: reader.control))
                case .pong: seen.append("pong")
                case .close(let code): seen.append("close \(code) " + String(buffer: reader.control))
                }
            }
        }
        return seen
    }

    private func fault(_ bytes: [UInt8], limit: Int = 1 << 20) -> Int? {
        do throws(WebSocketFault) { _ = try read(bytes, limit: limit) } catch { return error.code }
        return nil
    }

    @Test("Messages, fragments and what comes between them, in pieces of any size", arguments: [1, 2, 3, 7, 1000])
    func messages(pieces: Int) throws {
        let long = [UInt8](repeating: UInt8(ascii: "l"), count: 70_000)
        let bytes =
            frame(0x81, Array("zoë".utf8)) + frame(0x01, Array("fr".utf8)) + frame(0x89, Array("p".utf8))
            + frame(0x80, Array("agment".utf8)) + frame(0x82, long) + frame(0x82, []) + frame(0x8A, [])
            + frame(0x88, [0x03, 0xE8] + Array("bye".utf8))
        let expected = [
            "text zoë", "ping p", "text fragment", "bytes " + String(decoding: long, as: UTF8.self), "bytes ", "pong",
            "close 1000 bye",
        ]
        #expect(try read(bytes, pieces: pieces) == expected)
    }

    @Test("What breaks the protocol is named by its code as soon as it can be told")
    func violations() {
        #expect(fault([0x81, 0x01]) == 1002)  // unmasked
        #expect(fault(frame(0xC1, [])) == 1002)  // compressed, and nothing agreed
        #expect(fault(frame(0xA1, [])) == 1002)
        #expect(fault(frame(0x83, [])) == 1002)  // an opcode that nobody knows
        #expect(fault(frame(0x80, [])) == 1002)  // goes on with nothing
        #expect(fault(frame(0x01, []) + frame(0x81, [])) == 1002)
        #expect(fault(frame(0x09, [])) == 1002)  // a ping in fragments
        #expect(fault([0x89, 0xFE]) == 1002)  // a long ping
        #expect(fault(frame(0x88, [3])) == 1002)
        #expect(fault(frame(0x88, [0x03, 0xED])) == 1002)  // 1005 is never sent
        #expect(fault(frame(0x88, [0x03, 0xE8, 0xFF])) == 1007)
        // Before the frame is whole.
        #expect(fault([0x81, 0x84, 0, 0, 0, 0, 0xF4, 0x90]) == 1007)
        #expect(fault(frame(0x81, [0xC3])) == 1007)
        #expect(fault([0x82, 0xFE, 0x04, 0x01, 0, 0, 0, 0], limit: 1024) == 1009)
        #expect(
            fault(frame(0x02, [UInt8](repeating: 0, count: 600)) + [0x80, 0xFE, 0x02, 0x58, 0, 0, 0, 0], limit: 1024)
                == 1009)
    }

    @Test("UTF-8 in pieces")
    func text() {
        let cases: [(bytes: [UInt8], isValid: Bool)] = [
            (Array("κόσμε 𐍈 plain ASCII text".utf8), true), ([0xED, 0xA0, 0x80], false), ([0xC0, 0x80], false),
            ([0xE0, 0x9F, 0xBF], false), ([0xF0, 0x8F, 0xBF, 0xBF], false), ([0xF4, 0x8F, 0xBF, 0xBF], true),
            ([0xF5, 0x80, 0x80, 0x80], false), ([0xEF, 0xBF, 0xBF], true), ([0x80], false), ([0xE2, 0x82], false),
        ]
        for (bytes, isValid) in cases {
            #expect(bytes.withUnsafeBytes { UTF8Stream.isValid($0) } == isValid, "\(bytes)")
            var stream = UTF8Stream()
            let isPrefix = bytes.allSatisfy { byte in withUnsafeBytes(of: byte) { stream.read($0) } }
            #expect((isPrefix && stream.isComplete) == isValid, "\(bytes) in pieces")
        }
    }

    @Test("A message that unfolds beyond the limit is too big, however small it came")
    func bombs() throws {
        var compression = WebSocketCompression()
        compression.resetsServer = true
        var deflater = WebSocketDeflater(compression)
        let folded = try #require([UInt8](repeating: 0, count: 1 << 22).withUnsafeBytes { deflater.fold($0) })
        #expect(folded.count < 40_000)
        #expect {
            try read(frame(0xC2, folded), limit: 1 << 16, inflater: WebSocketInflater(compression))
        } throws: {
            $0 as? WebSocketFault == .tooBig
        }
        let small = try #require(Array("again and again and again".utf8).withUnsafeBytes { deflater.fold($0) })
        let seen = try read(
            frame(0xC1, small) + frame(0xC1, small), pieces: 3, inflater: WebSocketInflater(compression))
        #expect(seen == ["text again and again and again", "text again and again and again"])
    }

    @Test("Offers of compression are taken as RFC 7692 has it")
    func offers() {
        func answer(_ offer: String, server: Bool = true) -> String? {
            WebSocketCompression.negotiate(offer, keepsServerContext: server, keepsClientContext: true)?.header
        }
        #expect(answer("permessage-deflate; client_max_window_bits") == "permessage-deflate")
        #expect(answer("x-webkit-deflate-frame") == nil)
        #expect(answer("permessage-deflate; server_max_window_bits=8, permessage-deflate") == "permessage-deflate")
        #expect(
            answer("permessage-deflate; server_max_window_bits=\"9\"")
                == "permessage-deflate; server_max_window_bits=9")
        #expect(answer("permessage-deflate", server: false) == "permessage-deflate; server_no_context_takeover")
        #expect(answer("permessage-deflate; unknown") == nil)
        #expect(answer("permessage-deflate; server_no_context_takeover=1") == nil)
    }

    @Test("The sign of RFC 6455")
    func sign() {
        let digest = SHA1.digest(Array("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        let text = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(text == "b37a4f2cc0624f1690f64606cf385945b2bec4ea")
    }
}
