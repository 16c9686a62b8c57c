import GantryCore
import Testing

@Suite("Identifiers")
struct IdentifiersTests {
    @Test(
        "tenant ids are 1 to 64 letters, digits, underscores and hyphens",
        arguments: ["a", "A-b_9", "-", "0", String(repeating: "x", count: 64)])
    func acceptsTenant(id: String) {
        #expect(Identifiers.isTenant(id))
    }

    @Test(
        "other tenant ids are refused, also those that lead out of a folder",
        arguments: ["", ".", "..", "a/b", "a b", "ä", "a\0", "a\n", "%2e", String(repeating: "x", count: 65)])
    func refusesTenant(id: String) {
        #expect(!Identifiers.isTenant(id))
    }

    @Test(
        "module ids are lowercase words with single hyphens",
        arguments: ["a", "a1", "charge-point-2", String(repeating: "m", count: 64)])
    func acceptsModule(id: String) {
        #expect(Identifiers.isModule(id))
    }

    @Test(
        "other module ids are refused",
        arguments: [
            "", "-", "a-", "-a", "a--b", "A", "1a", "a_b", "a.b", "a/b", "é", "a\0", String(repeating: "m", count: 65),
        ])
    func refusesModule(id: String) {
        #expect(!Identifiers.isModule(id))
    }
}
