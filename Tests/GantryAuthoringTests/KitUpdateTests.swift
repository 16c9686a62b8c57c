import GantryAuthoring
import TestCommands
import Testing

@Suite("A project's kit is brought to another")
struct KitUpdateTests {
    private let folder = TemporaryFolder()
    private var project: String { "\(folder.path)/notes" }

    /// A project of a kit of four files, which is another kit by now: one file is new, one other, one gone.
    private func make() throws -> AuthorKit {
        folder.write("C\nmap\n", to: "kit/Templates/c/sdk.txt")
        for name in ["changed", "gone", "same"] { folder.write("\(name) 1", to: "kit/C/\(name).h") }
        folder.write("map 1", to: "kit/map")
        folder.write("for my-module", to: "kit/Templates/common/README.md")
        let kit = try AuthorKit(folder: "\(folder.path)/kit")
        _ = try kit.makeProject(ProjectName("notes"), in: .c, at: project, version: "1.0.0")
        folder.write("changed 2", to: "kit/C/changed.h")
        folder.write("new 2", to: "kit/C/deep/new.h")
        AuthorFiles.remove("\(kit.folder)/C/gone.h")
        return kit
    }

    private func names(_ update: KitUpdate) -> [String] { update.changes.map { "\($0.change) \($0.path)" } }
    private func text(_ path: String) -> String? { TestFiles.text("\(project)/\(path)") }

    @Test("what changes is said first, and done when it is asked for")
    func change() throws {
        let kit = try make()
        let update = try KitUpdate(of: project, by: kit, version: "1.1.0")
        #expect(names(update) == ["changed C/changed.h", "added C/deep/new.h", "removed C/gone.h"])
        #expect(update.former.version == "1.0.0" && !update.isNothing)
        #expect(text("sdk/C/changed.h") == "changed 1" && text("sdk/C/deep/new.h") == nil)
        try update.apply()
        #expect(text("sdk/C/changed.h") == "changed 2" && text("sdk/C/deep/new.h") == "new 2")
        #expect(text("sdk/C/gone.h") == nil && text("README.md") == "for notes")
        let again = try KitUpdate(of: project, by: kit, version: "1.1.0")
        #expect(again.isNothing && again.former.version == "1.1.0")
    }

    @Test("what was edited or put there in the project stays, also the next time, until it is forced")
    func edited() throws {
        let kit = try make()
        for (path, edit) in [("C/changed.h", "mine"), ("C/gone.h", "mine too"), ("C/own.h", "my own")] {
            TestFiles.write(Array(edit.utf8), to: "\(project)/sdk/\(path)")
        }
        for _ in 0..<2 {
            let update = try KitUpdate(of: project, by: kit, version: "1.1.0")
            #expect(names(update).filter { !$0.hasPrefix("added") } == ["kept C/changed.h", "kept C/gone.h"])
            try update.apply()
            #expect(text("sdk/C/changed.h") == "mine" && text("sdk/C/own.h") == "my own")
        }
        let forced = try KitUpdate(of: project, by: kit, version: "1.1.0", force: true)
        #expect(names(forced) == ["changed C/changed.h", "removed C/gone.h"])
        try forced.apply()
        #expect(text("sdk/C/changed.h") == "changed 2" && text("sdk/C/gone.h") == nil)
        #expect(text("sdk/C/own.h") == "my own")
    }

    @Test("a project from before kits were listed keeps what is another, and is listed from then on")
    func unlisted() throws {
        let kit = try make()
        AuthorFiles.remove("\(project)/sdk/kit.list")
        TestFiles.write([], to: "\(project)/sdk/none")
        #expect(throws: AuthoringError.self) { try KitUpdate(of: project, by: kit, version: "1.1.0") }
        folder.write("", to: "notes/sdk/CKit/kit.h")
        let update = try KitUpdate(of: project, by: kit, version: "1.1.0")
        #expect(names(update) == ["kept C/changed.h", "added C/deep/new.h"])
        #expect(update.former.version == nil && update.former.language == .c)
        try update.apply()
        #expect(try KitRecord(project: project)?.version == "1.1.0")
    }

    @Test("a list that cannot be read, and a folder that is no project, are named")
    func refusals() throws {
        let kit = try make()
        TestFiles.write(Array("gantry 1\nodd\n".utf8), to: "\(project)/sdk/kit.list")
        let odd = #expect(throws: AuthoringError.self) { try KitUpdate(of: project, by: kit, version: "2") }
        #expect(odd?.message == "\(project)/sdk/kit.list:2: `odd` is not two words.")
        let none = #expect(throws: AuthoringError.self) { try KitUpdate(of: folder.path, by: kit, version: "2") }
        #expect(none?.code == .invalidProject && none?.message.contains("has no kit") == true)
    }
}
