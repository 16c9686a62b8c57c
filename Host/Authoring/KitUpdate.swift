/// What brings a project's kit to that of this `gantry`: a change for each file of `sdk` that is another.
public struct KitUpdate: Sendable {
    /// What becomes of a file.
    public enum Change: String, Sendable {
        /// It is new.
        case added
        /// The kit has changed it.
        case changed
        /// The kit has it no more.
        case removed
        /// Somebody has edited it in the project: it stays as it is.
        case kept
    }

    /// What the project had.
    public let former: KitRecord
    /// The version that it gets.
    public let version: String
    /// The files, by their paths below `sdk`, sorted.
    public let changes: [(path: String, change: Change)]
    /// Whether the project has this kit already, word for word.
    public var isNothing: Bool { changes.allSatisfy { $0.change == .kept } && former.version == version }

    private let folder: String
    private let next: KitRecord
    private let contents: [String: [UInt8]]

    /// Compares a project with the kit. Nothing is changed. Throws `AuthoringError`.
    /// - Parameter force: Whether files that were edited in the project are replaced as well.
    public init(
        of project: String, by kit: AuthorKit, version: String, force: Bool = false
    ) throws(AuthoringError) {
        guard let former = try KitRecord(project: project) else {
            throw AuthoringError(
                .invalidProject,
                "\(project) has no kit: there is no folder sdk that `gantry new module` has made.")
        }
        self.former = former
        self.version = version
        folder = "\(project)/sdk"
        contents = try kit.contents(for: former.language)
        var changes: [(path: String, change: Change)] = []
        var digests = contents.mapValues(KitRecord.digest)
        for path in Set(contents.keys).union(former.digests.keys).sorted() {
            let place = "\(folder)/\(path)"
            guard AuthorFiles.exists(place) else {
                if contents[path] != nil { changes.append((path, .added)) }
                continue
            }
            let present = try AuthorFiles.read(place)
            guard present != contents[path] else { continue }
            let isEdited = former.digests[path] != KitRecord.digest(present)
            if isEdited && !force {
                changes.append((path, .kept))
                // What it came from is still what it came from: the next update keeps it too.
                digests[path] = former.digests[path]
            } else {
                changes.append((path, contents[path] == nil ? .removed : .changed))
            }
        }
        self.changes = changes
        next = KitRecord(version: version, language: former.language, digests: digests)
    }

    /// Changes the project's files. Each is whole at any moment; what is cut off can be done again. Throws
    /// `AuthoringError`.
    public func apply() throws(AuthoringError) {
        for (path, change) in changes where change != .kept {
            if let bytes = contents[path] {
                try AuthorFiles.replace("\(folder)/\(path)", with: bytes)
            } else {
                AuthorFiles.remove("\(folder)/\(path)")
            }
        }
        try AuthorFiles.replace("\(folder)/\(KitRecord.fileName)", with: Array(next.text.utf8))
    }
}
