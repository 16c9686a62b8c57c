import CGantry
import Testing

@testable import GantryLoader

@Suite("Redaction of recordings")
struct RedactionTests {
    private func redaction(_ names: String...) -> Redaction {
        Redaction(names: names, key: Array(repeating: 7, count: 32))
    }

    private func redacted(_ text: String, _ names: String...) -> String {
        var redaction = Redaction(names: names, key: Array(repeating: 7, count: 32))
        var bytes = Array(text.utf8)
        redaction.apply(&bytes)
        #expect(bytes.count == text.utf8.count)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A text as it crosses.
    private func crossing(_ text: String) -> [UInt8] {
        Redaction.word(UInt64(text.utf8.count)) + Redaction.word(1) + Array(text.utf8)
            + [UInt8](repeating: 0, count: -text.utf8.count & 7)
    }

    private func value(_ text: String) -> [UInt8] {
        Redaction.word(UInt64(GANTRY_VALUE_TEXT.rawValue)) + [UInt8](repeating: 0, count: 24) + crossing(text)
    }

    private func value(_ number: Int64) -> [UInt8] {
        Redaction.word(UInt64(GANTRY_VALUE_INTEGER.rawValue)) + Redaction.word(0)
            + Redaction.word(UInt64(bitPattern: number)) + Redaction.word(0) + crossing("")
    }

    @Test(
        "takes secrets out of every form of text, and nothing else",
        arguments: [
            #"{"password": "hidden-1", "plain": "seen-1"}"#,
            #"{"Password":["hidden-1",{"a":"hidden-1"}],"b":"seen-1"}"#,
            "https://a.example/x?api_key=hidden-1&b=seen-1", "password=hidden-1&plain=seen-1",
            #"{"secret":{"deep":[1,"hidden-1"]},"plain":"seen-1"}"#, "seen-1 cak_0123456789hidden-1",
        ])
    func texts(text: String) {
        let left = redacted(text)
        #expect(!left.contains("hidden-1"), "\(left)")
        #expect(left.contains("seen-1"), "\(left)")
    }

    @Test("knows a secret again as its receiver reads it")
    func forms() {
        var redaction = redaction()
        for text in [#"{"password":"a\"b\u00fc\ncde"}"#, "token=x%2Fy%20z%3A1234"] {
            var bytes = Array(text.utf8)
            redaction.apply(&bytes)
        }
        for plain in ["a\"bü\ncde", "x/y z:1234"] {
            var bytes = Array("before \(plain) after".utf8)
            redaction.apply(&bytes)
            #expect(!String(decoding: bytes, as: UTF8.self).contains(plain), "\(plain)")
        }
    }

    @Test("takes fields by their names, in headers, queries and labels")
    func fields() {
        var redaction = redaction("shoe")
        var bytes =
            crossing("Cookie") + crossing("hidden-1") + crossing("shoe") + crossing("hidden-2")
            + crossing("accept") + crossing("seen-1")
        redaction.apply(&bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("hidden") && text.contains("seen-1"))
    }

    @Test("knows a number again where it is none of text")
    func numbers() throws {
        var redaction = redaction()
        var text = Array(#"{"pin": 98765432}"#.utf8)
        redaction.apply(&text)
        let replaced = try #require(Int64(String(decoding: text.dropFirst(8).dropLast(), as: UTF8.self)))
        #expect(replaced != 98_765_432)
        // A word that only happens to be equal is left: it may say how much follows.
        var bytes = value(98_765_432) + Redaction.word(98_765_432)
        redaction.apply(&bytes)
        #expect(bytes == value(replaced) + Redaction.word(98_765_432))
    }

    @Test(
        "finds the columns and parameters of a statement by their names",
        arguments: [
            ("SELECT id, password FROM users WHERE id = $1", [1], []),
            ("SELECT u.id, coalesce(u.token, ''), name AS \"secret\" FROM users u", [1, 2], []),
            ("UPDATE users SET name = $1, PASSWORD = $2 WHERE token = $3 RETURNING id, pin", [1], [2, 3]),
            ("INSERT INTO users (id, password, name) VALUES ($1, $2, $3), ($4, lower($5), $6)", [], [2, 5]),
            (
                "INSERT INTO users (id, password) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET password = $3", [],
                [2, 3]
            ),
            ("SELECT 'password', id FROM notes WHERE text = $1", [], []),
        ] as [(String, [Int], [Int])])
    func statements(sql: String, columns: [Int], parameters: [Int]) {
        let redaction = redaction()
        let found = StatementSecrets(sql: Array(sql.utf8)[...]) { redaction.isSecret($0) }
        #expect(found.columns == Set(columns))
        #expect(found.parameters == Set(parameters))
    }

    @Test("takes values out of rows, whatever their type, and knows them afterwards")
    func rows() {
        var redaction = redaction()
        let head = Redaction.word(3) + Redaction.word(1)
        var bytes = head + value("hidden-1") + value("seen-1") + value(123_456_789)
        redaction.redactValues(at: 0, of: &bytes) { $0 != 1 }
        #expect(bytes.count == (head + value("hidden-1") + value("seen-1") + value(1)).count)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("hidden-1") && text.contains("seen-1"))
        #expect(bytes.suffix(48).prefix(24) != value(123_456_789).prefix(24)[...])
        var later = Array("hidden-1 and 123456789".utf8)
        redaction.apply(&later)
        #expect(!String(decoding: later, as: UTF8.self).contains("hidden-1"))
        #expect(!String(decoding: later, as: UTF8.self).contains("123456789"))
        // What lies about its size is left as it is.
        var broken = Redaction.word(1_000) + Redaction.word(1) + value("x")
        redaction.redactValues(at: 0, of: &broken) { _ in true }
        #expect(broken.count == 16 + value("x").count)
    }

    @Test("survives whatever it is given")
    func noise() {
        var state: UInt64 = 1
        for length in 0..<400 {
            var bytes = (0..<length).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                let choice = Array(#"\"{}[]:,=%u0 password"#.utf8) + [0, 1, 8, 255]
                return choice[Int(state >> 33) % choice.count]
            }
            var redaction = redaction()
            redaction.redactValues(at: 0, of: &bytes) { _ in true }
            redaction.apply(&bytes)
            _ = StatementSecrets(sql: bytes[...]) { redaction.isSecret($0) }
            #expect(bytes.count == length)
        }
    }
}
