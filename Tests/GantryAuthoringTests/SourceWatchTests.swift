import GantryAuthoring
import GantryThreads
import Glibc
import TestCommands
import Testing

@Suite("Watching sources")
struct SourceWatchTests {
    private let folder = TemporaryFolder()

    /// What the watch tells of after `change`, or nothing where it says nothing.
    private func told(_ change: () -> Void, beforeEnd marker: String = "marker.c") throws -> [String] {
        let watch = try SourceWatch(folder.path)
        change()
        folder.write("1", to: marker)
        var seen: Set<String> = []
        while !seen.contains(marker) { seen.formUnion(watch.changes(quietMilliseconds: 20, also: [])) }
        return seen.subtracting([marker]).sorted()
    }

    @Test("a file that is written, and one that takes another's place, has changed")
    func files() throws {
        folder.write("1", to: "b.tmp")
        let changed = try told {
            folder.write("1", to: "a.c")
            rename("\(folder.path)/b.tmp", "\(folder.path)/b.c")
        }
        #expect(changed == ["a.c", "b.c"])
    }

    @Test("files in folders that are new count, however quickly they come")
    func folders() throws {
        let changed = try told {
            mkdir("\(folder.path)/new", 0o755)
            mkdir("\(folder.path)/new/deep", 0o755)
            folder.write("1", to: "new/deep/a.c")
        }
        #expect(changed.contains("new/deep/a.c"))
    }

    @Test("what builds and editors leave does not count")
    func passing() throws {
        mkdir("\(folder.path)/build", 0o755)
        mkdir("\(folder.path)/.git", 0o755)
        let changed = try told {
            for name in ["build/a.o", ".git/index", ".a.c.swp", "a.c~", "4913", "a.tmp"] { folder.write("1", to: name) }
        }
        #expect(changed == [])
    }

    @Test("another descriptor ends the wait")
    func other() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[1])
        defer { close(ends[0]) }
        #expect(try SourceWatch(folder.path).changes(also: [ends[0]]) == [])
    }
}
