import GantryJSON
import Testing

@Suite("Reading values in place")
struct JSONValueTests {
    private func document(_ text: String) throws -> JSONDocument { try JSONDocument(text) }

    @Test("accessors answer for their own kind only")
    func kinds() throws {
        try document(#"[null,true,false,1,"a",[],{}]"#).withRoot { root in
            let values = Array(root.elements)
            #expect(values.map(\.kind) == [.null, .true, .false, .number, .string, .array, .object])
            #expect(values.map(\.isNull) == [true, false, false, false, false, false, false])
            #expect(values.map(\.bool) == [nil, true, false, nil, nil, nil, nil])
            #expect(values.map(\.int64) == [nil, nil, nil, 1, nil, nil, nil])
            #expect(values.map(\.string) == [nil, nil, nil, nil, "a", nil, nil])
            #expect(root.count == 7)
            #expect(Array(values[3].elements).isEmpty)
            #expect(values[4].members.first { _ in true } == nil)
        }
    }

    @Test(
        "strings lose their escapes",
        arguments: [
            (#""""#, ""), (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC\uD83D\uDE00 end""#, "Aé€😀 end"), (#""\u0000""#, "\0"), (#""Zoë\n""#, "Zoë\n"),
        ])
    func strings(json: String, text: String) throws {
        try document(json).withRoot { root in
            #expect(root.string == text)
            #expect(root.stringEquals(text))
            #expect(!root.stringEquals(text + "x"))
            #expect(root.withText { String(decoding: $0, as: UTF8.self) } == text)
            #expect(String(decoding: root.jsonBytes, as: UTF8.self) == json)
        }
    }

    @Test(
        "integral numbers are integers however they are written",
        arguments: [
            ("0", 0), ("-0", 0), ("1.0", 1), ("1e2", 100), ("-12.500e1", -125), ("100e-2", 1), ("0.0e5", 0),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("922337203685477580.70e1", .max),
            ("1.5", nil), ("1e-1", nil), ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1e19", nil),
            ("123456789012345678901234567890", nil), ("1e300", nil), ("1e-300", nil),
        ] as [(String, Int64?)])
    func integers(json: String, value: Int64?) throws {
        try document(json).withRoot { #expect($0.int64 == value) }
    }

    @Test(
        "integrality is exact for numbers of any size",
        arguments: [
            ("123456789012345678901234567890", true), ("123456789012345678901234567890.5", false),
            ("123456789012345678901234567890.50e1", true), ("1e300", true), ("1.5e300", true), ("0.1e0", false),
            ("12345678901234567890.10", false), ("1e-300", false), ("0.000", true),
        ])
    func integrality(json: String, isIntegral: Bool) throws {
        try document(json).withRoot { #expect($0.isIntegral == isIntegral) }
    }

    @Test("floats are rounded correctly")
    func floats() throws {
        var texts = [
            "0.1", "-0", "1e22", "1e23", "9007199254740993", "2.2250738585072011e-308", "4.9e-324", "1e-400",
            "1.7976931348623157e308", "0.30000000000000004", "123456789012345678901234567890", "1.23456789012345678901",
            "8.5e-7", "12345.678", "9007199254740992.5", "0.000000000000000000000000000001e30",
        ]
        var generator = SplitMix(state: 42)
        for _ in 0..<5000 {
            let value = Double(bitPattern: generator.next())
            if value.isFinite { texts.append("\(value)") }
            texts.append(
                "\(Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)).\(generator.next() % 1000)")
        }
        for text in texts {
            let expected = try #require(Double(text))
            try document(text).withRoot { root in
                #expect(root.double?.bitPattern == expected.bitPattern, "\(text)")
            }
        }
    }

    @Test("the last of equal names counts, escaped or not")
    func duplicates() throws {
        try document(#"{"a":1,"b":2,"\u0061":3,"":4}"#).withRoot { root in
            #expect(root["a"]?.int64 == 3)
            #expect(root["b"]?.int64 == 2)
            #expect(root[""]?.int64 == 4)
            #expect(root["c"] == nil)
            let name = String("b")
            #expect(root[name]?.int64 == 2)
            #expect(root.count == 4)
            #expect(root.members.map { $0.name.string } == ["a", "b", "a", ""])
        }
    }

    @Test("elements and members step over whole values")
    func stepping() throws {
        try document(#"[[1,[2]],{"x":{"y":[3]},"z":4},5]"#).withRoot { root in
            #expect(root.elements.map(\.kind) == [.array, .object, .number])
            #expect(root[1]?["z"]?.int64 == 4)
            #expect(root[1]?["x"]?["y"]?[0]?.int64 == 3)
            #expect(root[2]?.int64 == 5)
            #expect(root[3] == nil)
            #expect(root[-1] == nil)
        }
    }

    @Test("a document keeps its own copy")
    func ownership() throws {
        var bytes = Array(#"{"a":"b"}"#.utf8)
        let document = try JSONDocument(bytes)
        bytes[2] = UInt8(ascii: "x")
        document.withRoot { #expect($0["a"]?.string == "b") }
        #expect(document.nodes.count == 3)
        #expect(document.bytes.count == 9)
        #expect(throws: JSONSyntaxError(code: .depth, offset: 1)) { try JSONDocument("[[1]]", maximumDepth: 1) }
    }
}
