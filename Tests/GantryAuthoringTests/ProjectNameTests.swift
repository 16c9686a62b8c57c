import GantryAuthoring
import Testing

@Suite("Names of new modules")
struct ProjectNameTests {
    @Test("a name has a form for each place where it stands")
    func forms() throws {
        let name = try ProjectName("price-list-2")
        #expect(name.id == "price-list-2")
        #expect(name.identifier == "price_list_2")
        #expect(name.type == "PriceList2")
    }

    @Test(
        "what cannot be a name is refused with what can",
        arguments: [
            "", "Notes", "2notes", "a--b", "-a", "a-", "a b", "../a", "a/b", "ä", String(repeating: "a", count: 41),
        ])
    func refused(_ text: String) throws {
        let error = try #require(throws: AuthoringError.self) { try ProjectName(text) }
        #expect(error.code == .invalidName)
        #expect(error.message.hasPrefix("`\(text)` cannot be a module's name"))
        #expect(error.message.contains("price-list"))
    }

    @Test("words of the languages are taken", arguments: ["class", "double", "gantry", "module", "self", "note"])
    func taken(_ text: String) {
        #expect(throws: AuthoringError.self) { try ProjectName(text) }
    }
}
