import GantryEvents
import Testing

@Suite("Identifiers")
struct UniqueIdentifierTests {
    @Test("an identifier is a UUID of version 7 that sorts by its time")
    func versionAndOrder() {
        let early = UniqueIdentifier(atMilliseconds: 1_700_000_000_000)
        let late = UniqueIdentifier(atMilliseconds: 1_700_000_000_001)
        #expect(early.description < late.description)
        let characters = Array(early.description)
        #expect(characters.count == 36)
        #expect(characters[14] == "7")
        #expect("89ab".contains(characters[19]))
        #expect(UniqueIdentifier(atMilliseconds: 1_700_000_000_000) != early)
    }

    @Test("its usual form is read back")
    func readsBack() {
        let text = "018bcfe5-6800-7abc-8def-0123456789ab"
        #expect(UniqueIdentifier(text)?.description == text)
        #expect(UniqueIdentifier(text.uppercased())?.description == text)
        for wrong in ["", "018bcfe5", text + "0", text.replacing("-", with: "0"), text.replacing("a", with: "g")] {
            #expect(UniqueIdentifier(wrong) == nil)
        }
    }
}
