import GantryCore
import Testing

@Suite("YAML as JSON")
struct YAMLConversionTests {
    /// What is written, and the JSON that it must become.
    struct Pair: Sendable, CustomTestStringConvertible {
        var yaml: String
        var json: String
        var testDescription: String { yaml }
    }

    private func json(_ yaml: String) throws -> String { try YAMLConversion.json(text: yaml, file: "contract.yaml") }

    @Test("scalars follow the core schema", arguments: scalars)
    func convertsScalar(pair: Pair) throws {
        #expect(try json("value: " + pair.yaml) == "{\"value\":" + pair.json + "}")
    }

    static let scalars = [
        Pair(yaml: "7", json: "7"), Pair(yaml: "-7", json: "-7"), Pair(yaml: "+7", json: "7"),
        Pair(yaml: "0", json: "0"), Pair(yaml: "0123", json: "123"), Pair(yaml: "0x1F", json: "31"),
        Pair(yaml: "9223372036854775807", json: "9223372036854775807"),
        Pair(yaml: "18446744073709551615", json: "18446744073709551615"),
        Pair(yaml: "-18446744073709551616", json: "-18446744073709551616"),
        Pair(yaml: "1.5", json: "1.5"), Pair(yaml: "0.01", json: "0.01"), Pair(yaml: "1.0", json: "1"),
        Pair(yaml: ".5", json: "0.5"), Pair(yaml: "1e3", json: "1000"), Pair(yaml: "1.5e300", json: "1.5e+300"),
        Pair(yaml: ".inf", json: "\".inf\""), Pair(yaml: ".nan", json: "\".nan\""),
        Pair(yaml: "1e999", json: "\"1e999\""),
        Pair(yaml: "true", json: "true"), Pair(yaml: "False", json: "false"),
        Pair(yaml: "yes", json: "\"yes\""), Pair(yaml: "NO", json: "\"NO\""), Pair(yaml: "off", json: "\"off\""),
        Pair(yaml: "null", json: "null"), Pair(yaml: "~", json: "null"), Pair(yaml: "", json: "null"),
        Pair(yaml: "'7'", json: "\"7\""), Pair(yaml: "\"7\"", json: "\"7\""), Pair(yaml: "'true'", json: "\"true\""),
        Pair(yaml: "'null'", json: "\"null\""), Pair(yaml: "''", json: "\"\""), Pair(yaml: "'~'", json: "\"~\""),
        Pair(yaml: "!!str 7", json: "\"7\""), Pair(yaml: "1_000", json: "\"1_000\""),
        Pair(yaml: "12:30:45", json: "\"12:30:45\""), Pair(yaml: "1.2.3", json: "\"1.2.3\""),
        Pair(yaml: "2026-01-02", json: "\"2026-01-02\""),
        Pair(yaml: "2026-01-02T03:04:05Z", json: "\"2026-01-02T03:04:05Z\""),
        Pair(yaml: "=", json: "\"=\""), Pair(yaml: "a b", json: "\"a b\""),
        Pair(yaml: "'say \"hi\" \\ /'", json: #""say \"hi\" \\ /""#),
        Pair(yaml: #""tab\tline\nreturn\rbell\a""#, json: #""tab\tline\nreturn\rbell\u0007""#),
        Pair(yaml: #""\x7f""#, json: "\"\u{7f}\""),
        Pair(yaml: "Grüße 日本 👩‍👩‍👧", json: "\"Grüße 日本 👩‍👩‍👧\""), Pair(yaml: #""\U0001F600""#, json: "\"😀\""),
    ]

    @Test("blocks keep and fold their lines")
    func convertsBlocks() throws {
        #expect(try json("a: |\n  one\n  two\n") == #"{"a":"one\ntwo\n"}"#)
        #expect(try json("a: >-\n  one\n  two\n\n  three\n") == #"{"a":"one two\nthree"}"#)
        #expect(try json("a: |-\n  7\n") == #"{"a":"7"}"#)
        #expect(try json("a: one\n  two\n") == #"{"a":"one two"}"#)
    }

    @Test("names of members are always texts, whatever they look like")
    func convertsNames() throws {
        #expect(try json("{200: a, true: b, ~: c, 1.0: d}") == #"{"200":"a","true":"b","~":"c","1.0":"d"}"#)
        #expect(try json("on: {get: x}") == #"{"on":{"get":"x"}}"#)
    }

    @Test("collections keep their order and nest")
    func convertsCollections() throws {
        #expect(try json("- [1, [2]]\n- {b: {}, a: []}\n-\n") == #"[[1,[2]],{"b":{},"a":[]},null]"#)
        #expect(try json("just text") == #""just text""#)
    }

    @Test("an alias is refused with its line, for it could stand for anything")
    func refusesAliases() throws {
        for text in ["a: &x {b: 1}\nc: *x\n", "a: [&x-1 b,\n*x-1]", "&é a: b\n? *é\n", "{\"a\":&a 1,\n\"b\":*a}"] {
            Fault(text, line: 2, field: "", says: "Aliases are not supported in a bundle").expect {
                _ = try YAMLConversion.json(text: text, file: "the-file.yaml")
            }
        }
        #expect(try json("a: x&y *z* **b** R&D\nb: '&'\n") == #"{"a":"x&y *z* **b** R&D","b":"&"}"#)
    }

    @Test("aliases of aliases cannot fill the memory")
    func refusesBomb() throws {
        var text = "a0: &a0 [\"0123456789012345678901234567890123456789\"]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(throws: ConfigurationError.self) { try json(text) }
    }

    @Test("faults name file and line")
    func namesTheLine() throws {
        Fault("a: 1\nb: {c: 1\n", line: 3, field: "", says: "not readable YAML").expect {
            _ = try YAMLConversion.json(text: "a: 1\nb: {c: 1\n", file: "the-file.yaml")
        }
        Fault("a: 1\n? {b: c}\n: d\n", line: 2, field: "", says: "The name of a member must be a text.").expect {
            _ = try YAMLConversion.json(text: "a: 1\n? {b: c}\n: d\n", file: "the-file.yaml")
        }
    }

    @Test("nesting without end is refused instead of ending the process")
    func refusesDepth() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: ConfigurationError.self) { try json(text) }
        let closed = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(throws: ConfigurationError.self) { try json(closed) }
    }
}
