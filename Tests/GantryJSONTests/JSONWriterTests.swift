import GantryJSON
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("places commas and colons")
    func structure() {
        let written = text { writer in
            writer.beginObject()
            writer.key("a")
            writer.beginArray()
            writer.int(1)
            writer.bool(true)
            writer.beginObject()
            writer.endObject()
            writer.null()
            writer.endArray()
            writer.key(String("b\""))
            writer.string("x")
            writer.key("c")
            writer.raw(Array("[1,2]".utf8))
            writer.key("d")
            writer.beginArray()
            writer.endArray()
            writer.endObject()
        }
        #expect(written == #"{"a":[1,true,{},null],"b\"":"x","c":[1,2],"d":[]}"#)
    }

    @Test("escapes what must be escaped and nothing else")
    func escapes() {
        #expect(
            text { $0.string("\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F}\u{7F}é😀") } == #""\"\\/\b\f\n\r\t\u0001\u001f\#u{7F}é😀""#
        )
        #expect(text { $0.string("") } == "\"\"")
    }

    @Test("a written string reads back the same")
    func roundTrip() throws {
        var generator = SplitMix(state: 3)
        for _ in 0..<2000 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<(generator.next() % 20) {
                let limit: UInt64 = generator.next() % 2 == 0 ? 0x80 : 0x110000
                if let scalar = Unicode.Scalar(UInt32(generator.next() % limit)) { scalars.append(scalar) }
            }
            let original = String(scalars)
            try JSONDocument(text { $0.string(original) }).withRoot { root in
                #expect(root.string.map { Array($0.utf8) } == Array(original.utf8))
            }
        }
    }

    @Test(
        "numbers take their shortest form",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (12345.678, "12345.678"),
            (1e15, "1000000000000000"), (1e16, "1e+16"),
            (123456789.0123, "123456789.0123"), (0.30000000000000004, "0.30000000000000004"), (1e-7, "1e-07"),
            (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"), (.nan, "null"), (.infinity, "null"), (0.05, "0.05"),
            (-0.0001, "-0.0001"),
            (100, "100"), (0.00001, "1e-05"),
        ] as [(Double, String)])
    func doubles(value: Double, expected: String) {
        #expect(text { $0.double(value) } == expected)
    }

    @Test("a written number reads back the same and is never longer than Swift's")
    func doubleRoundTrip() throws {
        var generator = SplitMix(state: 11)
        for round in 0..<20_000 {
            let value: Double =
                switch round % 3 {
                case 0: Double(bitPattern: generator.next())
                case 1: Double(generator.next() % 1_000_000_000) / 1000
                default: Double(generator.next() % 100_000) * 0.0001
                }
            guard value.isFinite else { continue }
            let written = text { $0.double(value) }
            #expect(Double(written) == value)
            #expect(written.utf8.count <= value.description.utf8.count)
        }
    }

    @Test("integers reach both ends")
    func integers() {
        #expect(text { $0.int(Int64.max) } == "9223372036854775807")
        #expect(text { $0.int(Int64.min) } == "-9223372036854775808")
        #expect(text { $0.int(0) } == "0")
        #expect(text { $0.int(Int32(-42)) } == "-42")
        #expect(text { $0.int(Int64?.none) } == "null")
    }

    @Test("values are copied as they are written")
    func values() throws {
        let document = try JSONDocument(#"{"a":"x\n","b":[1, 2]}"#)
        let written = document.withRoot { root in
            text { writer in
                writer.beginArray()
                for (name, value) in root.members {
                    writer.value(name)
                    writer.value(value)
                }
                writer.endArray()
            }
        }
        #expect(written == #"["a","x\n","b",[1, 2]]"#)
    }

    @Test("a writer can be used again")
    func reuse() {
        var writer = JSONWriter()
        writer.int(1)
        writer.removeAll()
        writer.timestamp(milliseconds: 0)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"1970-01-01T00:00:00Z\"")
    }
}
