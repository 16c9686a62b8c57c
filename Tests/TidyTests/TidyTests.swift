import Testing

@Suite("House rules", .enabled(if: Tree.isThere, Tree.whyNot))
struct TidyTests {
    @Test("the tree is read")
    func readsTree() {
        #expect(Tree.repository.files.count > 100)
        #expect(Tree.repository.file("Package.swift") != nil)
        #expect(!Tree.repository.files.contains { $0.path.hasPrefix(".build") })
    }

    @Test("lines have at most 120 columns")
    func lineLength() {
        let long = String(repeating: "x", count: 121)
        let exact = String(repeating: "ä", count: 120)
        expectRule(
            bad: [SourceFile("a.swift", "let a = 1\n\(long)\n"), SourceFile("a.h", long), SourceFile("a.sh", long)],
            good: [SourceFile("a.swift", exact), SourceFile("a.md", long), SourceFile("openapi.yaml", long)],
            TextRules.lineLength)
    }

    @Test("functions have at most 70 lines")
    func functionLength() {
        func function(_ head: String, _ count: Int) -> SourceFile {
            SourceFile("a.swift", head + " {\n" + String(repeating: "    work()\n", count: count) + "}\n")
        }
        let confusing = """
            protocol P { func a() }
            struct S: P {
                func a() {
                    let text = "{\\(b["{"] ?? "{")" // {
                    let raw = #"{"{"#, block = \"""
                        {{{ "quoted" {
                        \"""
                    /* { /* { */ { */
                }

            """
        expectRule(
            bad: [
                function("func a()", 69), function("init(a: Int, b: () -> Int = { 1 })", 69), function("deinit", 69),
                function("func a(\n    b: Int\n)\n    -> Int\nwhere A: B", 65),
                SourceFile("a.swift", confusing + String(decoding: function("func b()", 69).bytes, as: UTF8.self)),
            ],
            good: [
                function("func a()", 68), SourceFile("a.swift", confusing + String(repeating: "\n", count: 100) + "}"),
                SourceFile("a.swift", "protocol P {\n    func a()\n" + String(repeating: "\n", count: 100) + "}\n"),
            ],
            SwiftRules.functionLength)
    }

    @Test("Swift files have at most 500 lines")
    func fileLength() {
        let line = "let a = 1\n"
        expectRule(
            bad: [SourceFile("a.swift", String(repeating: line, count: 501))],
            good: [
                SourceFile("a.swift", String(repeating: line, count: 500)),
                SourceFile("a.yaml", String(repeating: line, count: 501)),
            ], SwiftRules.fileLength)
    }

    @Test("nothing is left over for later")
    func leftovers() {
        expectRule(
            bad: ["TO" + "DO: later", "/* FIX" + "ME */", "XX" + "X"].map { SourceFile("a.md", $0) },
            good: [SourceFile("a.swift", "mkdtemp(\"a-XX" + "XXXX\")")], TextRules.leftovers)
    }

    @Test("what the compiler cannot check names its guard")
    func uncheckedConcurrency() {
        let word = "@unchecked " + "Sendable"
        let gap = "\n\n\n\n"
        expectRule(
            bad: [
                SourceFile("a.swift", "// far away\(gap)final class A: \(word) {}\n"),
                SourceFile("a.swift", "nonisolated" + "(unsafe) var a = 1\n"),
            ],
            good: [
                SourceFile("a.swift", "// guarded by the lock\n\nfinal class A: \(word) {}\n"),
                SourceFile("a.swift", "let text = \"\(word)\"\n"),
            ], SwiftRules.uncheckedConcurrency)
    }

    @Test("the host's locks are ones that ThreadSanitizer sees")
    func locks() {
        let use = "let count = Mutex(0)\n"
        expectRule(
            bad: [
                SourceFile("Host/A/a.swift", use), SourceFile("Tests/A/a.swift", "let count: Mutex<Int>\n"),
            ],
            good: [
                SourceFile("Host/A/a.swift", "let count = Lock(0) // not a Mutex\n"),
                SourceFile("Plugins/A/Module/a.swift", use),
            ], SwiftRules.locks)
    }

    @Test("no error is forced away")
    func forceTry() {
        let forced = "try" + "!"
        expectRule(
            bad: [SourceFile("a.swift", "let a = \(forced) b()\n")],
            good: [SourceFile("a.swift", "// \(forced) is forbidden\nlet a = \"\(forced)\"\n")], SwiftRules.forceTry)
    }

    @Test("modules and their kit go without Foundation")
    func foundation() {
        expectRule(
            bad: [
                SourceFile("PluginAPI/Swift/A.swift", "public import Foundation\n"),
                SourceFile("Plugins/A/Module/A.swift", "import struct Foundation.Date\n"),
                SourceFile("Plugins/A/Detection/B/A.swift", "@preconcurrency import FoundationEssentials\n"),
            ],
            good: [
                SourceFile("Plugins/A/Client/A.swift", "import Foundation\n"),
                SourceFile("PluginAPI/Swift/A.swift", "// import Foundation\nlet a = 1\n"),
            ], ImportRules.foundation)
    }

    @Test("each foreign dependency enters through one target")
    func entrances() {
        let wrong = [
            "import NIOPosix", "import CGantry", "public import CSQLite", "import Crypto", "@testable import Yams",
            "internal import ArgumentParser", "import NIOCore", "import Hummingbird",
        ]
        let right = [
            "Host/Server/A.swift": "import NIOPosix", "Host/Loader/A.swift": "import CGantry",
            "Host/Store/A.swift": "import CSQLite", "Host/Cryptography/A.swift": "import Crypto",
            "Host/Core/A.swift": "import Yams", "Host/CLI/A.swift": "import ArgumentParser",
            "Host/Gateway/A.swift": "import NIOCore",
        ]
        expectRule(
            bad: wrong.map { SourceFile("Host/Runtime/A.swift", $0 + "\n") },
            good: right.map { SourceFile($0.key, $0.value + "\n") }, ImportRules.entrance)
    }

    @Test("modules reach the host through the kit alone")
    func hostTargets() {
        let names = TreeRules.hostTargets(.repository)
        #expect(names.isSuperset(of: ["GantryCore", "GantryLoader"]))
        expectRule(
            bad: [
                SourceFile("Plugins/A/Module/A.swift", "import GantryCore\n"),
                SourceFile("Examples/a/A.swift", "import GantryLoader\n"),
            ],
            good: [SourceFile("Plugins/A/Module/A.swift", "import GantryKit\nimport GantryJSON\n")]
        ) { ImportRules.hostTargets($0, names: names) }
    }

    @Test("no file names a path of one machine")
    func machinePaths() {
        expectRule(
            bad: ["work/main", "tmp/gantry/x", "opt/swift/usr"].map { SourceFile("a.md", "see /" + $0) },
            good: [SourceFile("a.md", "/usr/lib and network/")], TextRules.machinePaths)
    }

    @Test("no tabs")
    func tabs() {
        expectRule(
            bad: [SourceFile("a.swift", "\tlet a = 1\n")], good: [SourceFile("Makefile", "all:\n\ttrue\n")],
            TextRules.tabs)
    }

    @Test("files end with a newline")
    func finalNewline() {
        expectRule(
            bad: [SourceFile("a.md", "text")],
            good: [SourceFile("a.md", "text\n"), SourceFile("a.py", ""), SourceFile("Tests/Fuzz/Corpus/note/a", "x")],
            TextRules.finalNewline)
    }
}

@Suite("House rules for the tree", .enabled(if: Tree.isThere, Tree.whyNot))
struct TidyTreeTests {
    @Test("every target has tests")
    func tests() {
        let package = """
            .target(name: "Covered", path: "A"), .target(name: "Bare", path: "B"),
            .target(name: "AEntry"), .executableTarget(name: "tool"), .target(name: "Help", path: "Tests/Support/Help")
            """
        let made = Tree(files: [
            SourceFile("Package.swift", package), SourceFile("Host/Core/A.swift", ""),
            SourceFile("Host/CLI/A.swift", ""),
            SourceFile("Tests/CoveredTests/A.swift", "@Test func a() {}\n"),
            SourceFile("Tests/GantryCoreTests/A.swift", "// @Test comes later\n"),
        ])
        #expect(TreeRules.tests(made).map(\.path) == ["Tests/BareTests/", "Tests/GantryCoreTests/"])
        expectNone(TreeRules.tests(.repository))
    }

    @Test("a manifest's folder is named after the module")
    func manifestNames() {
        let made = Tree(files: [
            SourceFile("manifests/one/module.yaml", "# text\nid: one\n"),
            SourceFile("manifests/two/module.yaml", "id: three\n"), SourceFile("manifests/none/module.yaml", "a: b\n"),
        ])
        #expect(
            TreeRules.manifestNames(made).map(\.path) == ["manifests/two/module.yaml", "manifests/none/module.yaml"])
        expectNone(TreeRules.manifestNames(.repository))
    }

    @Test("README's map mentions every folder")
    func map() {
        let made = Tree(files: [
            SourceFile("README.md", "Known/ is here\n"), SourceFile("Known/a", ""), SourceFile("Hidden/a", ""),
            SourceFile(".ci/a", ""),
        ])
        #expect(TreeRules.map(made).map(\.message) == ["the map does not mention Hidden/"])
        #expect(TreeRules.map(Tree(files: [])).count == 1)
        expectNone(TreeRules.map(.repository))
    }
}
