public import GantryCore
import GantryCryptography
import Glibc

/// A bundle's folder as a set of files: what a list of digests is made from and compared with.
public struct BundleFolder {
    private static let maximumDepth = 8

    private let folder: String

    /// The folder; nothing is read yet.
    public init(_ folder: String) {
        self.folder = folder
    }

    /// The list of all files, for signing. Throws `LoaderError` when one cannot be listed.
    public func digests(of manifest: Manifest) throws -> DigestList {
        try DigestList(
            id: manifest.id, version: manifest.version,
            files: paths().map { path in
                let bytes: [UInt8]
                do { bytes = try Files.read("\(folder)/\(path)", maximumBytes: 512 << 20) } catch {
                    throw LoaderError(.unreadable, module: manifest.id, "A file cannot be listed: \(error).")
                }
                return DigestList.File(digest: Cryptography.sha256(bytes), byteCount: bytes.count, path: path)
            })
    }

    /// Writes the list beside the files, and takes away a signature over another one. Throws `LoaderError`.
    @discardableResult
    public func writeDigests(of manifest: Manifest) throws -> DigestList {
        let list = try digests(of: manifest)
        let bytes = Array(list.text.utf8)
        do {
            let path = "\(folder)/\(DigestList.fileName)"
            if (try? Files.read(path, maximumBytes: DigestList.maximumBytes)) != bytes {
                unlink("\(folder)/\(DigestList.signatureName)")
                try Files.writeDurably(bytes, to: path, mode: 0o644)
            }
        } catch {
            throw LoaderError(.unreadable, module: manifest.id, "The digests cannot be written: \(error).")
        }
        return list
    }

    /// Puts a signature over the list into the folder. Throws `LoaderError`.
    public func writeSignature(_ bytes: [UInt8]) throws {
        do { try Files.writeDurably(bytes, to: "\(folder)/\(DigestList.signatureName)", mode: 0o644) } catch {
            throw LoaderError(.unreadable, module: folder, "The signature cannot be written: \(error).")
        }
    }

    /// Paths of all files below the folder, hidden ones too, without the list and its signature. Links, pipes and
    /// whatever else is no file are refused. Throws `LoaderError`.
    func paths() throws -> Set<String> {
        var found: Set<String> = []
        try collect("", depth: 0, into: &found)
        return found.subtracting([DigestList.fileName, DigestList.signatureName])
    }

    private func collect(_ prefix: String, depth: Int, into found: inout Set<String>) throws {
        guard depth <= Self.maximumDepth, found.count <= DigestList.maximumFileCount + 2 else {
            throw LoaderError(
                .tampered, module: folder, "The bundle has too many files, or too many folders in folders.")
        }
        for name in Files.names(in: "\(folder)/\(prefix)", hiddenToo: true) {
            var information = stat()
            let path = prefix + name
            guard lstat("\(folder)/\(path)", &information) == 0 else { continue }
            switch information.st_mode & S_IFMT {
            case S_IFREG: found.insert(path)
            case S_IFDIR: try collect(path + "/", depth: depth + 1, into: &found)
            default:
                throw LoaderError(
                    .tampered, module: folder, "`\(path)` is a link or no file; a signed bundle consists of files.")
            }
        }
    }
}
