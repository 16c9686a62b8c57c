import SessionImport
import Testing

@Suite("CSV")
struct CSVReaderTests {
    private func fields(_ text: String) -> [[String]?] {
        CSVReader(Array(text.utf8)).map(\.fields)
    }

    @Test("Quotes, commas, line ends inside quotes, doubled quotes")
    func quotes() {
        #expect(
            fields("a,\"b, c\",\"d\"\"e\"\r\n\"f\ng\",,h\n") == [["a", "b, c", "d\"e"], ["f\ng", "", "h"]])
    }

    @Test("A byte order mark, empty lines and a missing last line end")
    func edges() {
        #expect(CSVReader([0xEF, 0xBB, 0xBF] + Array("a,b\n\n1,2".utf8)).map(\.fields) == [["a", "b"], ["1", "2"]])
        #expect(fields("") == [])
    }

    @Test("Lines are counted, also inside quotes")
    func lines() {
        #expect(CSVReader(Array("a\n\"b\nc\"\nd\n".utf8)).map(\.line) == [1, 2, 4])
    }

    @Test("Quotes that do not pair up spoil their record only")
    func malformed() {
        #expect(fields("a\"b,c\nd\n") == [nil, ["d"]])
        #expect(fields("\"a\"b\nd\n") == [nil, ["d"]])
        #expect(fields("d\n\"a\n") == [["d"], nil])
    }
}
