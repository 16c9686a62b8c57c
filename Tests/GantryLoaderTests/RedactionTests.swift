import Testing

@testable import GantryLoader

@Suite("Redaction of recordings")
struct RedactionTests {
    private func redacted(_ texts: [String], members: [String] = []) -> [String] {
        var redaction = Redaction(members: members, key: [1, 2, 3])
        return texts.map { text in
            var bytes = Array(text.utf8)
            redaction.apply(&bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test(
        "Members of JSON that are secrets are replaced, and nothing moves",
        arguments: [
            (#"{"password":"hunter22"}"#, "hunter22"), (#"{"a":1, "PassWord" : "two words"}"#, "two words"),
            (#"{"pin": 4711, "b": true}"#, "4711"), (#"{"accessToken":"a\"b\\c"}"#, #"a\"b\\c"#),
            (#"{"list":[{"iban":"DE02 1203"}]}"#, "DE02 1203"), (#"{"shoeSize":"44 and a half"}"#, "44 and a half"),
            (#"{"password":"never ends"#, "never ends"),
        ])
    func members(text: String, secret: String) {
        let result = redacted([text], members: ["shoesize"])[0]
        #expect(!result.contains(secret))
        #expect(result.utf8.count == text.utf8.count)
        #expect(result.prefix(while: { $0 != ":" }) == text.prefix(while: { $0 != ":" }))
    }

    @Test("A number stays a number, and what is no secret stays as it is")
    func others() {
        let result = redacted([#"{"pin":-12.50,"plain":"password","passwords":"many","empty":{"token":""}}"#])[0]
        #expect(result.hasPrefix(#"{"pin":-"#) && !result.contains("12.50"))
        #expect(result.hasSuffix(#","plain":"password","passwords":"many","empty":{"token":""}}"#))
        #expect(
            redacted(["\"", "\"\"", "", "{\"token\"", "{\"token\":", "{\"token\": "]) == [
                "\"", "\"\"", "", "{\"token\"", "{\"token\":", "{\"token\": ",
            ])
    }

    @Test("What was recognised once is replaced wherever it occurs, alike")
    func everywhere() {
        let results = redacted([#"{"secret":"tell nobody"}"#, "VALUES (tell nobody, tell nobody)", "tell everybody"])
        let replaced = results[0].dropFirst(11).prefix(11)
        #expect(results[1] == "VALUES (\(replaced), \(replaced))")
        #expect(results[2] == "tell everybody")
        #expect(redacted(["a x a", #"{"pin":"x"}"#, "a x a"])[2] == "a x a", "Too short to be known again.")
    }

    @Test("Headers and keys are replaced by their form")
    func headersAndKeys() {
        var redaction = Redaction(members: [], key: [9])
        let value = Array("session=abcdef".utf8)
        let field = Redaction.word(6) + Redaction.word(1) + Array("cookie".utf8) + [0, 0]
        var bytes = field + Redaction.word(UInt64(value.count)) + Redaction.word(1) + value + [0, 0]
        redaction.apply(&bytes)
        #expect(bytes.count == 56 && bytes.prefix(40).elementsEqual(field + Redaction.word(14) + Redaction.word(1)))
        #expect(!bytes.dropFirst(40).starts(with: value))
        // A size that goes beyond the end is believed as little as any other.
        var broken = field + Redaction.word(.max) + Redaction.word(1)
        let before = broken
        redaction.apply(&broken)
        #expect(broken == before)
        let key = "cak_0123456789abcdefghij"
        #expect(!redacted(["key \(key)."])[0].contains(key))
        #expect(redacted(["cak_short, eyJust"]) == ["cak_short, eyJust"])
    }
}
