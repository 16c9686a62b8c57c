import GantryContract
import GantryJSON
import Testing

@Suite("What a module's policy decides")
struct PolicyTests {
    @Test("unknown members are refused or ignored")
    func unknownMembers() throws {
        let body = #"{"id":"A","name":"x","extra":1}"#
        #expect(try summary(ContractFixture.create(body)) == ["extra additionalProperties"])
        #expect(try ContractFixture.create(body, policy: CheckPolicy(refusesUnknownMembers: false)) == [])
    }

    @Test("forms that only unknown members tell apart stay apart where these are ignored")
    func lenientOneOf() throws {
        let text = #"""
            {"oneOf":[{"type":"object","properties":{"a":{}},"additionalProperties":false},
            {"type":"object","properties":{"a":{},"b":{}},"required":["b"],"additionalProperties":false}]}
            """#
        let lenient = try schema(text, policy: CheckPolicy(refusesUnknownMembers: false))
        #expect(try lenient.findings(#"{"a":1,"b":2}"#) == [])
        #expect(try lenient.findings(#"{"a":1,"c":2}"#) == [])
        #expect(try schema(text).findings(#"{"a":1,"b":2}"#) == [])
    }

    @Test("text is trimmed before its length, pattern and format are checked")
    func trimming() throws {
        let body = #"{"id":" A ","name":"\t  abcde\u00a0 "}"#
        #expect(try summary(ContractFixture.create(body)) == ["id pattern", "name maxLength"])
        #expect(try ContractFixture.create(body, policy: CheckPolicy(trimming: .all)) == [])
        let named = CheckPolicy(trimming: .fields(["name"]))
        #expect(try summary(ContractFixture.create(body, policy: named)) == ["id pattern"])
        let blank = try ContractFixture.create(#"{"id":"A","name":" \u2003 "}"#, policy: named)
        #expect(summary(blank) == ["name minLength"])
    }

    @Test("x-verbatim keeps text as it is, trimmed lists trim their elements")
    func verbatim() throws {
        let text = #"""
            {"properties":{"kept":{"type":"string","minLength":1,"x-verbatim":true},
            "list":{"type":"array","items":{"type":"string","minLength":1}},
            "maybe":{"anyOf":[{"$ref":"#/$defs/text"},{"type":"null"}]}},
            "$defs":{"text":{"type":"string","minLength":1}}}
            """#
        let body = #"{"kept":" ","list":[" "],"maybe":" "}"#
        #expect(try schema(text).findings(body) == [])
        let all = try schema(text, policy: CheckPolicy(trimming: .all))
        #expect(try summary(all.findings(body)) == ["list.0 minLength", "maybe minLength"])
        let some = try schema(text, policy: CheckPolicy(trimming: .fields(["list"])))
        #expect(try summary(some.findings(body)) == ["list.0 minLength"])
    }

    @Test("enum and const compare the text as it is")
    func literals() throws {
        let status = try schema(#"{"enum":["on","off"]}"#, policy: CheckPolicy(trimming: .all))
        #expect(try summary(status.findings("\" on\"")) == [" enum"])
    }

    @Test(
        "control characters other than tab and line feed are refused in every string and name",
        arguments: [
            (#"{"a":"x\u0000"}"#, ["a controlCharacter"]), (#"{"a":{"b":["\r"]}}"#, ["a.b.0 controlCharacter"]),
            ("{\"a\":\"\u{7F}\"}", ["a controlCharacter"]), ("{\"a\":\"\u{85}\"}", ["a controlCharacter"]),
            (#"{"a":"\u009f"}"#, ["a controlCharacter"]), (#"{"\u0001":1}"#, ["\u{1} controlCharacter"]),
            (#"{"a":"tab\tline\n"}"#, []), ("{\"a\":\"\u{A0}é\\\\\"}", []),
        ])
    func controlCharacters(body: String, expected: [String]) throws {
        let open = try schema("{}", policy: CheckPolicy(refusesControlCharacters: true))
        #expect(try summary(open.findings(body)) == expected)
        #expect(try schema("{}").findings(body) == [])
    }

    @Test("control characters are refused in the query too")
    func controlCharactersInQuery() throws {
        let policy = CheckPolicy(refusesControlCharacters: true)
        #expect(try summary(ContractFixture.list("search=a%00b", policy: policy)) == ["search controlCharacter"])
        #expect(try ContractFixture.list("search=a%09b", policy: policy) == [])
    }
}
