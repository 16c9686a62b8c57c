import Glibc

/// The folder that holds what modules are built against: headers, linker map, the kits of the languages, and the
/// templates of projects. It is the repository's `PluginAPI`, and stands as `gantry-sdk` beside an installed `gantry`.
public struct AuthorKit: Sendable {
    /// The languages that there are templates for.
    public enum Language: String, CaseIterable, Sendable {
        case c
        case cpp
        case rust
        case swift

        /// The language as an author names it. Throws `AuthoringError`.
        public init(named name: String) throws(AuthoringError) {
            guard let language = Language(rawValue: name) else {
                let known = Language.allCases.map(\.rawValue).joined(separator: ", ")
                throw AuthoringError(.invalidLanguage, "There is no template for `\(name)`; there are: \(known).")
            }
            self = language
        }
    }

    /// The folder.
    public let folder: String

    /// Finds the kit: the folder that is given, else the one beside the executable. Throws `AuthoringError`.
    public init(folder given: String?) throws(AuthoringError) {
        let folder = given ?? "\(Self.executableFolder)/gantry-sdk"
        guard AuthorFiles.isFolder("\(folder)/Templates") else {
            throw AuthoringError(
                .missingKit,
                given == nil
                    ? "The kit for authors is not beside this executable (\(folder)): `make build` puts it there, or "
                        + "give its folder with --sdk."
                    : "\(folder) is no kit for authors: it has no folder Templates. The kit is the folder PluginAPI of "
                        + "Gantry's repository, or gantry-sdk beside an installed gantry.")
        }
        self.folder = folder
    }

    /// The folder that the running executable lies in.
    static var executableFolder: String {
        let path = executablePath
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// The running executable.
    public static var executablePath: String {
        guard let resolved = realpath("/proc/self/exe", nil) else { return "gantry" }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Makes a project in a folder that does not exist yet, or is empty: the template with the name in it, and the part
    /// of the kit that its language needs, so that the project can be built anywhere. Throws `AuthoringError`; what was
    /// made until then is taken away again.
    /// - Parameter version: That of the `gantry` which the kit belongs to; the project notes it.
    /// - Returns: The paths of the files besides those of the kit, seen from the folder.
    public func makeProject(
        _ name: ProjectName, in language: Language, at target: String, version: String
    ) throws(AuthoringError) -> [String] {
        if AuthorFiles.exists(target), !AuthorFiles.isFolder(target) || !AuthorFiles.names(in: target).isEmpty {
            throw AuthoringError(
                .occupied, "\(target) is there already. Nothing was changed; give another place with --output.")
        }
        let template = "\(folder)/Templates/\(language.rawValue)"
        guard AuthorFiles.isFolder(template) else {
            throw AuthoringError(.missingKit, "The kit in \(folder) has no template for \(language.rawValue).")
        }
        do throws(AuthoringError) {
            let contents = try contents(for: language)
            for (path, bytes) in contents { try AuthorFiles.write(bytes, to: "\(target)/sdk/\(path)") }
            let record = KitRecord(
                version: version, language: language, digests: contents.mapValues(KitRecord.digest))
            try AuthorFiles.write(Array(record.text.utf8), to: "\(target)/sdk/\(KitRecord.fileName)")
            let common = try copyTemplate("\(folder)/Templates/common", name, to: target)
            return (common + (try copyTemplate(template, name, to: target))).sorted()
        } catch {
            AuthorFiles.remove(target)
            throw error
        }
    }

    /// Says what of the kit a language needs, one path a line; not copied itself.
    private static let kitList = "sdk.txt"

    /// The files of the kit that a language needs, by their paths below `sdk`. Throws `AuthoringError`.
    func contents(for language: Language) throws(AuthoringError) -> [String: [UInt8]] {
        let list = "\(folder)/Templates/\(language.rawValue)/\(Self.kitList)"
        var contents: [String: [UInt8]] = [:]
        for line in String(decoding: try AuthorFiles.read(list), as: UTF8.self).split(separator: "\n") {
            let path = "\(folder)/\(line)"
            let files =
                AuthorFiles.isFolder(path) ? AuthorFiles.all(below: path).map { "\(line)/\($0)" } : [String(line)]
            for file in files { contents[file] = try AuthorFiles.read("\(folder)/\(file)") }
        }
        return contents
    }

    private func copyTemplate(_ source: String, _ name: ProjectName, to target: String) throws(AuthoringError)
        -> [String]
    {
        var made: [String] = []
        for file in AuthorFiles.all(below: source) where file != Self.kitList {
            // A file of that name in the repository would count there.
            let path = name.filled(file == "gitignore" ? ".gitignore" : file)
            let text = String(decoding: try AuthorFiles.read("\(source)/\(file)"), as: UTF8.self)
            try AuthorFiles.write(
                Array(name.filled(text).utf8), to: "\(target)/\(path)",
                isExecutable: AuthorFiles.isExecutable("\(source)/\(file)"))
            made.append(path)
        }
        return made
    }
}
