import GantryContract
import GantryJSON
import Testing

/// What would take a naive check for ever. Nothing here is timed: where work is not bounded, the test does not end.
@Suite("Hostile values and documents")
struct HostileTests {
    private static let tree = ##"""
        {"$ref":"#/$defs/node","$defs":{"node":{"oneOf":[
          {"type":"object","required":["kind","child"],
           "properties":{"kind":{"const":"left"},"child":{"$ref":"#/$defs/node"}}},
          {"type":"object","required":["kind","child"],
           "properties":{"kind":{"const":"right"},"child":{"$ref":"#/$defs/node"}}},
          {"type":"object","required":["leaf"],"properties":{"leaf":{"type":"integer"},"kind":false}}]}}}
        """##

    private func nested(_ depth: Int, open: String, inner: String, close: String) -> String {
        String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }

    @Test("forms that contain each other are checked as long as that is possible, and refused beyond it")
    func recursiveUnion() throws {
        let rule = try schema(Self.tree)
        func text(_ depth: Int, leaf: String = "1") -> String {
            nested(depth, open: #"{"child":"#, inner: #"{"leaf":\#(leaf)}"#, close: #","kind":"right"}"#)
        }
        #expect(try rule.findings(text(10)) == [])
        #expect(try summary(rule.findings(text(3, leaf: "null"))).first?.hasPrefix("child.child") == true)
        #expect(try summary(rule.findings(text(28))) == [" tooIntricate"])
        #expect(try summary(rule.findings(text(28, leaf: "null"))) == [" tooIntricate"])
        // What says its kind first is checked in the time of its length.
        let early = nested(28, open: #"{"kind":"right","child":"#, inner: #"{"leaf":1}"#, close: "}")
        #expect(try rule.findings(early) == [])
    }

    @Test("a name that occurs twice at every level does not double the work at every level")
    func repeatedNames() throws {
        let rule = try schema(##"{"$ref":"#/$defs/n","$defs":{"n":{"properties":{"a":{"$ref":"#/$defs/n"},"b":{}}}}}"##)
        let text = nested(28, open: #"{"a":"#, inner: "{}", close: #","b":1,"b":2}"#)
        #expect(try summary(rule.findings(text)) == [" tooIntricate"])
        #expect(try rule.findings(nested(8, open: #"{"a":"#, inner: "{}", close: #","b":1,"b":2}"#)) == [])
    }

    @Test("a long list is searched for repetitions without comparing all pairs")
    func uniqueItems() throws {
        let rule = try schema(#"{"uniqueItems":true}"#)
        // Thousands of these share each 64-bit float.
        let numbers = (0..<4000).map { "0.1\(100_000_000_000_000_000 + $0)" }
        #expect(try rule.findings("[" + numbers.joined(separator: ",") + "]") == [])
        let long = (0..<4000).map { "0.123456789012345678901234\(100_000 + $0)" }
        #expect(try rule.findings("[" + long.prefix(2000).joined(separator: ",") + "]") == [])
        #expect(try rule.findings("[" + numbers.joined(separator: ",") + "," + numbers[5] + "]").count == 1)
        let objects = (0..<4000).map { #"{"a":[\#($0)],"b":{}}"# }
        #expect(try rule.findings("[" + objects.joined(separator: ",") + "]") == [])
    }

    @Test("findings are few, however many faults there are")
    func manyFindings() throws {
        let rule = try schema(#"{"items":{"type":"integer","minimum":5},"contains":{"const":7}}"#)
        let text = "[" + Array(repeating: "1", count: 100_000).joined(separator: ",") + "]"
        #expect(try rule.findings(text).count == 50)
        let names = (0..<50_000).map { "\"n\($0)\":1" }.joined(separator: ",")
        #expect(try schema(#"{"additionalProperties":false}"#).findings("{\(names)}").count == 50)
    }

    @Test(
        "numbers beyond every float are compared and divided exactly",
        arguments: [
            (#"{"multipleOf":0.01}"#, "19.99", true), (#"{"multipleOf":0.01}"#, "0.075", false),
            (#"{"multipleOf":0.1}"#, "1e400", true), (#"{"multipleOf":3}"#, "1e400", false),
            (#"{"multipleOf":0.0001}"#, "123456789012345678901234567890.1234", true),
            (#"{"multipleOf":0.0001}"#, "123456789012345678901234567890.12345", false),
            (#"{"multipleOf":7}"#, "700000000000000000000000000007", true),
            (#"{"multipleOf":7}"#, "700000000000000000000000000008", false),
            (#"{"multipleOf":2.5}"#, "1e1000000000", true), (#"{"multipleOf":1e-300}"#, "1e-301", false),
            (#"{"maximum":10}"#, "1e400", false), (#"{"minimum":0}"#, "-1e400", false),
            (#"{"type":"integer"}"#, "1e400", true), (#"{"type":"integer"}"#, "1e-400", false),
            (#"{"const":100000000000000000000000000001}"#, "100000000000000000000000000001.0", true),
            (#"{"const":100000000000000000000000000001}"#, "100000000000000000000000000002", false),
            (#"{"enum":[0.1]}"#, "0.10", true), (#"{"enum":[0.1]}"#, "0.1000000000000000000000001", false),
        ])
    func numbers(rule: String, value: String, isValid: Bool) throws {
        let document: JSONDocument
        // A scanner that takes no numbers beyond a float's range has nothing to be checked.
        do { document = try JSONDocument(value) } catch { return }
        #expect(try document.withRoot { try schema(rule).accepts($0) } == isValid)
    }

    @Test("documents that would take too much to compile are refused")
    func documents() throws {
        let values = (0..<70_000).map { "\"v\($0)\"" }.joined(separator: ",")
        #expect(throws: ContractError.self) { try schema(#"{"enum":[\#(values)]}"#) }
        let names = (0..<70_000).map { "\"p\($0)\":{}" }.joined(separator: ",")
        #expect(throws: ContractError.self) { try schema(#"{"properties":{\#(names)}}"#) }
        let pair =
            ##"{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"}"##
        #expect(throws: ContractError.self) { try schema(pair) }
        #expect(throws: ContractError.self) { try schema(#"{"multipleOf":0.123456789012345678901}"#) }
    }
}
