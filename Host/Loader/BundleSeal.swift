import GantryCore
public import GantryCryptography

/// Binds what is read of a bundle to a list of digests whose signature was found good. Every file that the host reads
/// of a sealed bundle is held against the list at that very reading, so that nothing is gained by exchanging files
/// after the signature was looked at.
public struct BundleSeal: Sendable {
    /// What the files must hold.
    public let list: DigestList
    /// SHA-256 of the list: names this build, whoever signed it.
    public let digest: Digest256
    /// The signature over the list, for looking at it again.
    public let signature: [UInt8]

    /// Reads the list. Whether the signature is good is for the caller to find out first. Throws `LoaderError`.
    public init(_ files: BundleSignature) throws {
        list = try DigestList(files.list)
        digest = Cryptography.sha256(files.list)
        signature = files.signature
    }

    /// Holds a file's content against the list. Throws `LoaderError`.
    public func check(_ bytes: [UInt8], path: String) throws {
        guard let file = list.file(path) else { throw fault("`\(path)` is not among the files that were signed") }
        guard file.byteCount == bytes.count, file.digest == Cryptography.sha256(bytes) else {
            throw fault("`\(path)` does not hold what was signed")
        }
    }

    /// Reads all files of the folder: those of the list must be there as they were signed, and no others. Throws
    /// `LoaderError` for the first that differs.
    public func checkFiles(in folder: String) throws {
        let found = try BundleFolder(folder).paths()
        for path in found where list.file(path) == nil {
            throw fault("`\(path)` is in the bundle but not among the files that were signed")
        }
        for file in list.files {
            let bytes: [UInt8]
            do { bytes = try Files.read("\(folder)/\(file.path)", maximumBytes: file.byteCount) } catch {
                throw fault(Self.reason(error, file.path, isThere: found.contains(file.path)))
            }
            try check(bytes, path: file.path)
        }
    }

    private static func reason(_ error: any Error, _ path: String, isThere: Bool) -> String {
        if !isThere { return "`\(path)` was signed and is missing" }
        let isTooLong = (error as? Files.Failure)?.isTooLong == true
        return isTooLong ? "`\(path)` does not hold what was signed" : "`\(path)` cannot be read (\(error))"
    }

    func fault(_ what: String) -> LoaderError {
        LoaderError(.tampered, module: list.id, "The bundle was changed after it was signed: \(what).")
    }
}

/// The two files that make a bundle a signed one, as they are found; nothing of them is trusted.
public struct BundleSignature: Sendable {
    /// Content of `bundle.digests`.
    public let list: [UInt8]
    /// Content of `bundle.p7s`.
    public let signature: [UInt8]

    /// Reads both. Throws `LoaderError` when one is missing or too large.
    public init(folder: String) throws {
        list = try Self.read(DigestList.fileName, in: folder, maximumBytes: DigestList.maximumBytes)
        signature = try Self.read(DigestList.signatureName, in: folder, maximumBytes: 1 << 20)
    }

    private static func read(_ name: String, in folder: String, maximumBytes: Int) throws -> [UInt8] {
        do { return try Files.read("\(folder)/\(name)", maximumBytes: maximumBytes) } catch {
            let isMissing = (error as? Files.Failure)?.isMissing == true
            throw LoaderError(
                isMissing ? .unsigned : .unreadable, module: folder,
                isMissing
                    ? "The bundle is not signed: it has no \(name)."
                    : "The bundle's signature cannot be read: \(error).")
        }
    }
}
