/// What a project has of the kit, as `sdk/kit.list` tells: of which version and language, and each file as it came.
public struct KitRecord: Sendable, Equatable {
    /// The version of the `gantry` that it came from; nil where nobody has written it down.
    public var version: String?
    /// The language of the project.
    public var language: AuthorKit.Language
    /// What each file held, by its path below `sdk`. Enough to tell whether somebody has edited it since, and no more.
    var digests: [String: String] = [:]

    /// The file's name in `sdk`.
    static let fileName = "kit.list"

    /// Reads what the project says of its kit; nil where it has none. Throws `AuthoringError`.
    public init?(project: String) throws(AuthoringError) {
        let folder = "\(project)/sdk"
        guard AuthorFiles.isFolder(folder) else { return nil }
        guard AuthorFiles.exists("\(folder)/\(Self.fileName)") else {
            // Made before kits were listed: its parts tell the language.
            guard let language = AuthorKit.Language.allCases.first(where: { Self.isThere($0, in: folder) }) else {
                return nil
            }
            self.language = language
            return
        }
        let text = String(decoding: try AuthorFiles.read("\(folder)/\(Self.fileName)"), as: UTF8.self)
        var found: AuthorKit.Language?
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            if words.isEmpty || line.hasPrefix("#") { continue }
            guard words.count == 2 else {
                throw AuthoringError(
                    .invalidProject, "\(folder)/\(Self.fileName):\(number + 1): `\(line)` is not two words.")
            }
            switch words[0] {
            case "gantry": version = words[1]
            case "language": found = try AuthorKit.Language(named: words[1])
            default: digests[words[1]] = words[0]
            }
        }
        guard let found else {
            throw AuthoringError(.invalidProject, "\(folder)/\(Self.fileName): there is no line `language …`.")
        }
        language = found
    }

    init(version: String, language: AuthorKit.Language, digests: [String: String]) {
        self.version = version
        self.language = language
        self.digests = digests
    }

    /// The file's text.
    var text: String {
        let head = """
            # Written by gantry: where this folder comes from, so that `gantry kit update` knows what was edited here.
            gantry \(version ?? "unknown")
            language \(language.rawValue)

            """
        return head + digests.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)\n" }.joined()
    }

    private static func isThere(_ language: AuthorKit.Language, in folder: String) -> Bool {
        let mark =
            switch language {
            case .c: "CKit"
            case .cpp: "Cpp"
            case .rust: "Rust"
            case .swift: "Swift"
            }
        return AuthorFiles.isFolder("\(folder)/\(mark)")
    }

    /// FNV-1a, 64 bits: it notices an edit, and protects from nobody.
    static func digest(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
