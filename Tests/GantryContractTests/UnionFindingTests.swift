import GantryContract
import GantryJSON
import Testing

/// A union is explained in terms of the form that was most likely meant.
@Suite("Findings of unions")
struct UnionFindingTests {
    private let shapes = #"""
        {"oneOf":[
          {"type":"object","required":["kind","radius"],
           "properties":{"kind":{"const":"circle"},"radius":{"type":"number"}}},
          {"type":"object","required":["kind","side"],
           "properties":{"kind":{"const":"square"},"side":{"type":"number"}}}]}
        """#

    @Test("null as an alternative does not blur what is wrong with the value")
    func nullable() throws {
        let text = #"{"anyOf":[{"type":"object","required":["a"],"properties":{"b":{"maximum":1}}},{"type":"null"}]}"#
        #expect(try schema(text).findings("null") == [])
        #expect(try summary(schema(text).findings(#"{"b":2}"#)) == ["b maximum", "a required"])
        let findings = try schema(text).findings("5")
        #expect(summary(findings) == [" type"])
        #expect(findings[0].message == "must be an object or null")
    }

    @Test("a member with a constant tells the forms apart")
    func discriminated() throws {
        #expect(try schema(shapes).findings(#"{"kind":"square","side":1}"#) == [])
        #expect(try summary(schema(shapes).findings(#"{"kind":"square"}"#)) == ["side required"])
        #expect(try summary(schema(shapes).findings(#"{"side":"x","kind":"square"}"#)) == ["side type"])
    }

    @Test("a constant that fits no form lists those that would")
    func unknownConstant() throws {
        let findings = try schema(shapes).findings(#"{"kind":"triangle","side":1}"#)
        #expect(summary(findings) == ["kind enum"])
        #expect(findings[0].message == "must be one of circle, square")
    }

    @Test("forms that exclude each other must not both fit")
    func ambiguous() throws {
        let text = #"{"oneOf":[{"type":"integer"},{"minimum":2}]}"#
        #expect(try schema(text).findings("1") == [])
        #expect(try summary(schema(text).findings("3")) == [" oneOf"])
    }

    @Test("without a better guess the form with the fewest faults is explained")
    func fewestFaults() throws {
        let text = #"{"anyOf":[{"required":["a","b"]},{"required":["a","c"],"properties":{"d":{"type":"string"}}}]}"#
        #expect(try summary(schema(text).findings(#"{"a":1,"d":2}"#)) == ["b required"])
    }

    @Test("not, if and dependentRequired")
    func others() throws {
        #expect(try summary(schema(#"{"not":{"type":"string"}}"#).findings("\"x\"")) == [" not"])
        let conditional = #"""
            {"if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"required":["b"]},
            "else":{"required":["c"]}}
            """#
        #expect(try summary(schema(conditional).findings(#"{"a":1}"#)) == ["b required"])
        #expect(try summary(schema(conditional).findings(#"{"a":2}"#)) == ["c required"])
        let dependent = #"{"dependentRequired":{"a":["b"],"b":["a"]}}"#
        #expect(try summary(schema(dependent).findings(#"{"a":1}"#)) == ["b dependentRequired"])
        #expect(try schema(dependent).findings("{}") == [])
    }
}
