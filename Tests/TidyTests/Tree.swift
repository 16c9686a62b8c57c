import Dispatch
import GantryThreads
import TestCommands
import Testing

/// The files of the repository: those that git tracks, and new ones that it does not ignore.
struct Tree: Sendable {
    static let root = TestFiles.repository()
    static let isThere = Command.run(["git", "-C", root, "rev-parse", "--show-toplevel"]).succeeded
    static let whyNot: Comment = "git is not installed, or this is not a checkout, so the tree is unknown."
    static let repository = Tree()

    let files: [SourceFile]

    init(files: [SourceFile]) {
        self.files = files
    }

    private init() {
        let listing = Command.run(["git", "-C", Self.root, "ls-files", "-z", "-co", "--exclude-standard"])
        let paths = Set(listing.output.split(separator: "\0").map(String.init)).sorted()
        let read = Lock<[SourceFile]>([])
        DispatchQueue.concurrentPerform(iterations: paths.count) { index in
            guard let bytes = TestFiles.read("\(Self.root)/\(paths[index])"), !bytes.contains(0) else { return }
            let file = SourceFile(paths[index], bytes)
            read.withLock { $0.append(file) }
        }
        files = read.withLock { $0 }.sorted { $0.path < $1.path }
    }

    func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

    /// The names of the folders directly below the folder; below the root when it is empty.
    func folders(in folder: String) -> [String] {
        let prefix = folder.isEmpty ? "" : folder + "/"
        let names = files.compactMap { file -> Substring? in
            guard file.path.hasPrefix(prefix) else { return nil }
            let parts = file.path.dropFirst(prefix.count).split(separator: "/", maxSplits: 1)
            return parts.count == 2 ? parts[0] : nil
        }
        return Set(names.map(String.init)).sorted()
    }
}

/// Something that breaks a rule.
struct Breach: Sendable, Equatable, CustomStringConvertible {
    var path: String
    var line: Int
    var message: String
    var description: String { "\(path):\(line): \(message)" }
}

/// Expects no breach in the repository, and at least one in each made-up file.
func expectRule(
    bad: [SourceFile], good: [SourceFile] = [], sourceLocation: SourceLocation = #_sourceLocation,
    _ rule: (SourceFile) -> [Breach]
) {
    for file in bad {
        #expect(!rule(file).isEmpty, "\(file.path) should break the rule.", sourceLocation: sourceLocation)
    }
    for file in good { #expect(rule(file) == [], sourceLocation: sourceLocation) }
    expectNone(Tree.repository.files.flatMap(rule), sourceLocation: sourceLocation)
}

/// Reports all breaches at once, one a line.
func expectNone(_ breaches: [Breach], sourceLocation: SourceLocation = #_sourceLocation) {
    let list = breaches.map(\.description).joined(separator: "\n")
    #expect(breaches.isEmpty, "\(list)", sourceLocation: sourceLocation)
}
