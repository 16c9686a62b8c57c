import GantryCore
import GantryLoader
import TestCommands
import Testing

@Suite("Bundles that are made to harm whoever reads them")
struct HostileBundleTests {
    /// Texts that stand for far more than they are long.
    static let bombs: [(name: String, text: String)] = [
        ("lists in lists", "id: " + String(repeating: "[", count: 200_000)),
        ("lists in lists, closed", String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)),
        ("mappings in mappings", String(repeating: "{a: ", count: 100_000)),
        ("blocks in blocks", String(repeating: "- ", count: 100_000) + "a"),
        ("keys in keys", String(repeating: "? ", count: 50_000) + "a"),
        ("doublings", doublings(".", "id: *a30")),
        ("doublings as keys", doublings(".", "? *a30\n: x")),
        ("an alias of itself", "id: &a [*a]"),
        ("anchors without end", "id: " + String(repeating: "&a ", count: 100_000) + "x"),
        ("a long line", "id: " + String(repeating: "x", count: 1_000_000)),
        ("a long comment", String(repeating: "# x\n", count: 500_000)),
        ("many documents", String(repeating: "---\n", count: 200_000)),
        ("tags", "id: !<" + String(repeating: "%41", count: 100_000) + "> x"),
    ]

    private static func doublings(_ seed: String, _ end: String) -> String {
        var text = "a0: &a0 [\(seed), \(seed)]\n"
        for index in 1...30 { text += "a\(index): &a\(index) [*a\(index - 1), *a\(index - 1)]\n" }
        return text + end + "\n"
    }

    @Test("are refused, and soon", arguments: bombs.indices)
    func refuses(index: Int) throws {
        let (name, text) = Self.bombs[index]
        let clock = ContinuousClock()
        let time = clock.measure {
            #expect(throws: ConfigurationError.self, "\(name)") { _ = try Manifest(yaml: text, file: "module.yaml") }
        }
        #expect(time < .seconds(30), "\(name) as a manifest")
        let conversion = clock.measure { _ = try? YAMLConversion.json(text: text, file: "openapi.yaml") }
        #expect(conversion < .seconds(30), "\(name) as a contract")
    }
}
