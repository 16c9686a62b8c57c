import CZlib
import GantryServer
import Testing

@Suite("Compression")
struct CompressionTests {
    @Test(
        "The header says which coding is wanted",
        arguments: [
            ("gzip", AcceptedCoding.gzip), ("gzip, deflate, br", .gzip), ("deflate, br", .identity), ("", .identity),
            ("*", .gzip), ("*;q=0", .identity), ("gzip;q=0", .identity), ("gzip; q=0.000", .identity),
            ("gzip;q=0.001", .gzip), ("identity;q=0", .identity), ("identity;q=0, gzip;q=0.1", .gzip),
            ("identity, gzip;q=0.5", .identity), ("identity;q=0.5, gzip;q=0.5", .gzip), ("GZIP", .gzip),
            ("x-gzip", .gzip), ("gzip;q=0, *", .identity), ("*;q=0.2, identity;q=0.9", .identity),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", .gzip), ("gzip;q=wrong", .identity), ("gzip;q=2", .identity),
            ("gzip ; Q=1", .gzip), ("gzipped", .identity),
        ])
    func accepted(header: String, coding: AcceptedCoding) {
        #expect(AcceptedCoding(header) == coding)
    }

    @Test("A whole body comes back as it was, whatever its size", arguments: [1024, 5000, 70_000, 1_500_000])
    func whole(count: Int) throws {
        let compression = Compression()
        let body = Self.text(count)
        for _ in 0..<3 {
            let small = try #require(body.withUnsafeBytes { compression.gzip($0) })
            #expect(small.count < body.count / 2)
            #expect(try Self.unzip(small) == body)
        }
    }

    @Test("What would not become shorter is left alone")
    func incompressible() {
        var generator = SystemRandomNumberGenerator()
        let body = (0..<4096).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        #expect(body.withUnsafeBytes { Compression().gzip($0) } == nil)
    }

    @Test("Each piece of a stream can be read as soon as it was written")
    func stream() throws {
        let encoder = try #require(GzipEncoder(.stream))
        var output: [UInt8] = []
        var expected: [UInt8] = []
        for number in 0..<200 {
            let piece = Array("event: message\ndata: {\"number\":\(number)}\n\n".utf8)
            piece.withUnsafeBytes { encoder.write($0, .all, to: &output) }
            expected += piece
            #expect(try Self.unzip(output, isWhole: false) == expected)
        }
        encoder.write(UnsafeRawBufferPointer(start: nil, count: 0), .last, to: &output)
        #expect(try Self.unzip(output) == expected)
    }

    /// Lines as a list of records has them.
    private static func text(_ count: Int) -> [UInt8] {
        var text: [UInt8] = []
        var number = 0
        while text.count < count {
            text += Array(#"{"id":"ses_\#(number * 7919 % 100_003)","isAnomaly":\#(number % 3 == 0)},"#.utf8)
            number += 1
        }
        return Array(text[..<count])
    }

    private struct Unreadable: Error {
        let code: Int32
    }

    /// What zlib itself makes of it.
    private static func unzip(_ bytes: [UInt8], isWhole: Bool = true) throws -> [UInt8] {
        var stream = z_stream()
        var code = gantry_inflate_init(&stream, 15 + 16)
        guard code == Z_OK else { throw Unreadable(code: code) }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: 2_000_000)
        let count = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                code = inflate(&stream, Z_SYNC_FLUSH)
                return output.count - Int(stream.avail_out)
            }
        }
        guard code == (isWhole ? Z_STREAM_END : Z_OK) else { throw Unreadable(code: code) }
        return Array(output[..<count])
    }
}
