import GantryCryptography
import GantryLoader
import TestCommands
import Testing

@Suite("Lists of digests")
struct DigestListTests {
    private static let digest = String(repeating: "ab", count: 32)
    private static let good = """
        gantry-bundle 1
        id notes
        version 1.0.0-rc.1+5
        \(digest) 12 libnotes.so
        \(digest) 0 migrations/0001_begin.sql
        \(digest) 7 module.yaml

        """

    @Test("are written as they are read")
    func reads() throws {
        let list = try DigestList(Array(Self.good.utf8))
        #expect(list.id == "notes" && list.version == "1.0.0-rc.1+5")
        #expect(list.files.map(\.path) == ["libnotes.so", "migrations/0001_begin.sql", "module.yaml"])
        #expect(list.files.map(\.byteCount) == [12, 0, 7])
        #expect(list.text == Self.good)
        #expect(list.file("module.yaml")?.byteCount == 7)
        #expect(list.file("module.yam") == nil && list.file("") == nil && list.file("zzz") == nil)
        #expect(try DigestList(id: "notes", version: "1.0.0-rc.1+5", files: list.files.reversed()) == list)
    }

    /// Each names what is wrong, and the text that is not a list for that alone.
    static let broken: [(name: String, text: String)] = [
        ("nothing", ""), ("no end of line", String(good.dropLast())), ("a byte more", good + "x"),
        ("an empty line", good + "\n"), ("line ends of another system", good.replacing("\n", with: "\r\n")),
        ("another first line", good.replacing("bundle 1", with: "bundle 2")),
        ("no id", good.replacing("id notes\n", with: "")), ("a strange id", good.replacing("notes\n", with: "../x\n")),
        ("a strange version", good.replacing("1.0.0-", with: "1 0 0-")),
        ("no version", good.replacing("version 1.0.0-rc.1+5", with: "version ")),
        ("capital digits", good.replacing("\(digest) 7", with: "\(digest.uppercased()) 7")),
        ("a short digest", good.replacing("\(digest) 7", with: "abab 7")),
        ("a leading zero", good.replacing(" 12 ", with: " 012 ")), ("a sign", good.replacing(" 12 ", with: " +12 ")),
        ("a negative size", good.replacing(" 12 ", with: " -1 ")),
        ("an endless size", good.replacing(" 12 ", with: " 99999999999999999999 ")),
        ("two blanks", good.replacing(" 12 ", with: "  12 ")),
        ("another order", good.replacing("libnotes.so", with: "zlibnotes.so")),
        ("the same path twice", good.replacing("libnotes.so", with: "module.yaml")),
        ("a path out of the bundle", good.replacing("libnotes.so", with: "../libnotes.so")),
        ("a path out of the bundle by a detour", good.replacing("libnotes.so", with: "a/../../libnotes.so")),
        ("a path from the root", good.replacing("libnotes.so", with: "/libnotes.so")),
        ("a hidden file", good.replacing("libnotes.so", with: ".libnotes.so")),
        ("the folder itself", good.replacing("libnotes.so", with: ".")),
        ("two slashes", good.replacing("migrations/", with: "migrations//")),
        ("no path", good.replacing("libnotes.so", with: "")),
        ("a path with a blank", good.replacing("libnotes.so", with: "lib notes.so")),
        ("a path that is not ASCII", good.replacing("libnotes.so", with: "libnötes.so")),
        ("the list itself", good.replacing("libnotes.so", with: "bundle.digests")),
        ("its signature", good.replacing("libnotes.so", with: "bundle.p7s")),
        ("a long name", good.replacing("libnotes.so", with: String(repeating: "a", count: 256))),
        ("a null", good.replacing("libnotes.so", with: "libnotes.so\0")),
    ]

    @Test("have one form only", arguments: broken.indices)
    func refuses(index: Int) {
        let (name, text) = Self.broken[index]
        let error = #expect(throws: LoaderError.self, "\(name)") { try DigestList(Array(text.utf8)) }
        #expect(error?.code == .malformedDigests, "\(name)")
    }

    @Test("are no larger than they need to be, and are text")
    func refusesMasses() {
        let many = (0...4096).map { "\(Self.digest) 1 f\(String($0 + 10_000))\n" }.joined()
        for bytes in [
            Array(repeating: UInt8(0x20), count: 2 << 20), Array("gantry-bundle 1\nid notes\nversion 1\n\(many)".utf8),
            Array(Self.good.utf8) + [0xFF, 0x0A],
        ] {
            #expect(throws: LoaderError.self) { try DigestList(bytes) }
        }
    }
}
