import GantryKit
import Guestbook
import TestCommands
import Testing

@Suite("The guestbook example")
struct GuestbookTests {
    private let manifest = TestFiles.text("\(TestFiles.repository())/Examples/guestbook/bundle/module.yaml") ?? ""

    @Test("calls itself what its manifest says")
    func identity() {
        #expect(manifest.contains("id: \(Guestbook.manifest.id)\n"))
        #expect(manifest.contains("version: \(Guestbook.manifest.version)\n"))
    }

    @Test("handles as many operations as its manifest serves, and its one job")
    func operations() {
        let routes = manifest.split(separator: "\n").filter { $0.contains("{operation: ") }
        #expect(!routes.isEmpty && routes.count + 1 == Guestbook.handlers.count)
    }
}
