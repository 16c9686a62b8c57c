import GantryJSON
import Testing

@Suite("JSON scanner")
struct JSONScannerTests {
    private func scan(_ bytes: [UInt8], maximumDepth: Int = 32) throws(JSONSyntaxError) -> [JSONNode] {
        var nodes: [JSONNode] = []
        var failure: JSONSyntaxError?
        bytes.withUnsafeBytes { buffer in
            do throws(JSONSyntaxError) {
                try JSONScanner.scan(buffer, into: &nodes, maximumDepth: maximumDepth)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return nodes
    }

    private func fault(_ text: String) -> JSONSyntaxError? { fault(Array(text.utf8)) }

    private func fault(_ bytes: [UInt8]) -> JSONSyntaxError? {
        do throws(JSONSyntaxError) {
            _ = try scan(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test("builds the tape in document order")
    func tape() throws {
        let text = #" {"a":[1,-2.5,"x\n"],"b":{},"c":null} "#
        let expected = [
            JSONNode(offset: 1, length: 36, next: 10, count: 3, kind: .object, flags: 0),
            JSONNode(offset: 3, length: 1, next: 2, count: 0, kind: .string, flags: 4),
            JSONNode(offset: 6, length: 14, next: 6, count: 3, kind: .array, flags: 0),
            JSONNode(offset: 7, length: 1, next: 4, count: 0, kind: .number, flags: 2),
            JSONNode(offset: 9, length: 4, next: 5, count: 0, kind: .number, flags: 0),
            JSONNode(offset: 15, length: 3, next: 6, count: 0, kind: .string, flags: 1),
            JSONNode(offset: 22, length: 1, next: 7, count: 0, kind: .string, flags: 4),
            JSONNode(offset: 25, length: 2, next: 8, count: 0, kind: .object, flags: 0),
            JSONNode(offset: 29, length: 1, next: 9, count: 0, kind: .string, flags: 4),
            JSONNode(offset: 32, length: 4, next: 10, count: 0, kind: .null, flags: 0),
        ]
        #expect(try scan(Array(text.utf8)) == expected)
    }

    @Test(
        "accepts what RFC 8259 allows",
        arguments: [
            "0", "-0", "1.5e+3", "1E300", "\"\"", "[]", "{}", " \t\r\n[ 1 , 2 ] ", "true",
            "\"\\u00e9\\uD83D\\ude00\\/\"", "\"\u{7F}é\u{1F600}\"", "[[[[]]]]", "{\"\":{\"\":[{}]}}", "1e-400",
            "\"a string that is longer than sixteen bytes\"",
        ])
    func accepted(text: String) {
        #expect(fault(text) == nil)
    }

    @Test(
        "refuses what RFC 8259 does not allow",
        arguments: [
            "NaN", "Infinity", "-Infinity", "[01]", "[-01]", "-", "+1", "1.", ".5", "1e", "1e+", "[0x1]", "tru", "nul",
            "True",
            "'a'", "\"a", "\"\\x\"", "\"\\u12g4\"", "\"\t\"", "\"\n\"", "[1,]", "[,1]", "[1 2]", "[", "{\"a\"}",
            "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "{1:2}", "[}", "{]", "]", "}", "\"\\", "[\"a\":1]",
            "// c\n1", "\"\\u12\"",
        ])
    func refused(text: String) {
        #expect(fault(text)?.code == .syntax)
    }

    @Test("refuses text behind the document, and no document")
    func surroundings() {
        #expect(fault("1 2") == JSONSyntaxError(code: .trailing, offset: 2))
        #expect(fault("{} x") == JSONSyntaxError(code: .trailing, offset: 3))
        #expect(fault("[1]]")?.code == .trailing)
        #expect(fault("")?.code == .empty)
        #expect(fault(" \n")?.code == .empty)
        #expect(fault("\u{FEFF}1")?.code == .syntax)
    }

    @Test("reports where the fault lies")
    func faultOffset() {
        #expect(fault("[1,x]")?.offset == 3)
        #expect(fault("{\"a\":tru}")?.offset == 8)
        #expect(fault("[\"\\uD800\"]")?.offset == 2)
        #expect(fault("[1,x]")?.message == "The text is not valid JSON (at byte 3)")
    }

    @Test(
        "refuses ill-formed UTF-8",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func illFormed(sequence: [UInt8]) {
        #expect(fault([0x22] + sequence + [0x22])?.code == .encoding)
        #expect(fault([0x22, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61] + sequence + [0x22])?.code == .encoding)
    }

    @Test(
        "refuses half a surrogate pair",
        arguments: ["\\uD800", "\\uDC00", "\\uD800\\u0041", "\\uD800x", "\\uDBFF\\uDBFF"])
    func surrogates(escape: String) {
        #expect(fault("\"\(escape)\"")?.code == .encoding)
    }

    @Test("refuses numbers beyond a 64-bit float")
    func numberRange() {
        #expect(fault("1e309") == JSONSyntaxError(code: .numberRange, offset: 0))
        #expect(fault("[1,-1e999999999999999999999]") == JSONSyntaxError(code: .numberRange, offset: 3))
        #expect(fault("1" + String(repeating: "0", count: 309))?.code == .numberRange)
        #expect(fault("1" + String(repeating: "0", count: 307)) == nil)
        #expect(fault("1.7976931348623157e308") == nil)
        #expect(fault("0e999999999999999999999") == nil)
    }

    @Test("limits the nesting without recursion")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth)
        }
        #expect(fault(nested(32)) == nil)
        #expect(fault(nested(33)) == JSONSyntaxError(code: .depth, offset: 32))
        #expect(try scan(nested(200_000), maximumDepth: 200_000).count == 200_000)
        #expect(fault([UInt8](repeating: 0x5B, count: 1_000_000))?.code == .depth)
    }

    @Test("every beginning of a document is refused")
    func truncation() {
        let text = Array(#"{"a":[1.5e3,true,{"b":"é\u00e9\uD83D\uDE00"}],"c":null}"#.utf8)
        #expect(fault(text) == nil)
        for length in 0..<text.count { #expect(fault(Array(text[..<length])) != nil, "\(length) bytes") }
    }

    @Test("a mutated document is refused or well-formed, never misread")
    func mutation() {
        var generator = SplitMix(state: 7)
        let original = Array(#"{"name":"Zoë \"x\"","list":[0,-12.50e-2,[],{}],"flag":false,"none":null}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0...Int(generator.next() % 3) {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            guard let nodes = try? scan(bytes) else { continue }
            #expect(nodes[0].next == UInt32(nodes.count))
            #expect(nodes.allSatisfy { Int($0.offset) + Int($0.length) <= bytes.count && $0.kind <= 6 })
            #expect(String(validating: bytes, as: UTF8.self) != nil)
        }
    }

    @Test("grows the buffer for dense documents and reuses it")
    func reuse() throws {
        var nodes: [JSONNode] = []
        let dense = Array(("[" + Array(repeating: "0", count: 5000).joined(separator: ",") + "]").utf8)
        try dense.withUnsafeBytes { try JSONScanner.scan($0, into: &nodes) }
        #expect(nodes.count == 5001)
        let capacity = nodes.capacity
        try [UInt8]("[1]".utf8).withUnsafeBytes { try JSONScanner.scan($0, into: &nodes) }
        #expect(nodes.count == 2)
        #expect(nodes.capacity == capacity)
    }
}

/// A reproducible source of numbers.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
