import GantryCore
public import GantryCryptography

/// The content of `bundle.digests`: which files a bundle consists of, and what they hold. This text is what is signed.
///
///     gantry-bundle 1
///     id guestbook
///     version 1.2.0
///     <64 hexadecimal digits of SHA-256> <size in bytes> <path>
///
/// Lines end with one line feed, the last one too; files stand in the order of their paths' bytes, each once. A list
/// has one form only, so that nobody can read another one out of the same bytes.
public struct DigestList: Sendable, Equatable {
    /// One file.
    public struct File: Sendable, Equatable {
        /// SHA-256 of its content.
        public var digest: Digest256
        /// Its size.
        public var byteCount: Int
        /// Its path below the bundle's folder.
        public var path: String
    }

    /// Name of the list's own file, which is not in it.
    public static let fileName = "bundle.digests"
    /// Name of the file with the signature over the list, which is not in it either.
    public static let signatureName = "bundle.p7s"
    /// Largest list that is read.
    public static let maximumBytes = 1 << 20

    private static let firstLine = "gantry-bundle 1"
    static let maximumFileCount = 4096

    /// The module's id, as in its manifest.
    public let id: String
    /// The build's version, as in its manifest.
    public let version: String
    /// In the order of their paths.
    public let files: [File]

    /// A list of files in any order. Throws `LoaderError` when one cannot be listed.
    public init(id: String, version: String, files: [File]) throws {
        self.id = id
        self.version = version
        self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        guard Identifiers.isModule(id) else { throw Self.fault("`\(id)` is no module's id") }
        guard Self.isPlain(version), version.utf8.count <= 64 else {
            throw Self.fault("The version has odd characters")
        }
        guard files.count <= Self.maximumFileCount else { throw Self.fault("It names more than 4096 files") }
        for file in files where !Self.isPath(file.path) {
            throw Self.fault(
                "`\(file.path)` is no path of a bundle: parts of letters, digits and `._+-` that begin with no full "
                    + "stop, and neither \(Self.fileName) nor \(Self.signatureName)")
        }
        for (one, other) in zip(self.files, self.files.dropFirst()) where one.path == other.path {
            throw Self.fault("It names `\(one.path)` twice")
        }
    }

    /// Reads the text. Throws `LoaderError` for every other form than the one above.
    public init(_ bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumBytes else { throw Self.fault("It is larger than 1 MiB") }
        guard let text = String(validating: bytes, as: UTF8.self), bytes.last == 0x0A else {
            throw Self.fault("It is no text that ends with a line feed")
        }
        let lines = text.utf8.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }
        guard lines.count >= 3, lines[0] == Self.firstLine, lines[1].hasPrefix("id "), lines[2].hasPrefix("version ")
        else { throw Self.fault("It does not begin with `\(Self.firstLine)`, the id and the version") }
        guard lines.count <= Self.maximumFileCount + 3 else { throw Self.fault("It names more than 4096 files") }
        try self.init(
            id: String(lines[1].dropFirst(3)), version: String(lines[2].dropFirst(8)),
            files: try lines.dropFirst(3).map(Self.file))
        // Leading zeros, capital letters, another order: all that was read otherwise than it is written.
        guard self.text.utf8.elementsEqual(bytes) else {
            throw Self.fault("It is not written in its one form: files in the order of their paths, small digits")
        }
    }

    /// The text that is signed.
    public var text: String {
        var text = "\(Self.firstLine)\nid \(id)\nversion \(version)\n"
        for file in files { text += "\(file.digest.hexadecimal) \(file.byteCount) \(file.path)\n" }
        return text
    }

    /// The file of that path; nil when the list has none.
    public func file(_ path: String) -> File? {
        var low = 0
        var high = files.count
        while low < high {
            let middle = (low + high) / 2
            if files[middle].path.utf8.lexicographicallyPrecedes(path.utf8) { low = middle + 1 } else { high = middle }
        }
        return low < files.count && files[low].path == path ? files[low] : nil
    }

    private static func file(_ line: Substring) throws -> File {
        let parts = line.utf8.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false).map {
            Substring($0)
        }
        guard parts.count == 3, parts[0].utf8.count == 64, let bytes = Hexadecimal.bytes(String(parts[0])),
            let digest = Digest256(bytes), let count = Int(parts[1]), count >= 0
        else { throw fault("`\(line.prefix(100))` is not digest, size and path") }
        return File(digest: digest, byteCount: count, path: String(parts[2]))
    }

    static func isPath(_ path: String) -> Bool {
        guard path.utf8.count <= 512, path != fileName, path != signatureName else { return false }
        let parts = path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && part.count <= 255 && part.first != 0x2E && isPlain(Substring(part))
        }
    }

    private static func isPlain(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    private static func fault(_ what: String) -> LoaderError {
        LoaderError(.malformedDigests, module: fileName, "The list of digests cannot be used. \(what).")
    }
}
