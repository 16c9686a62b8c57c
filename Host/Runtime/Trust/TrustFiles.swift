import GantryCore
import GantrySignatures
import GantryStore
import Glibc

/// Reads the files that an operator's trust consists of.
enum TrustFiles {
    /// The store and the revocation lists as they are now. Throws `SignatureError` naming what cannot be used.
    static func store(_ trust: Deployment.Trust) throws -> TrustStore {
        try store(trust.store ?? "", revocationLists: trust.revocationLists)
    }

    /// - Parameters:
    ///   - path: A PEM file, or a folder with `*.pem` and `*.crt`.
    ///   - revocationLists: Files with revocation lists.
    static func store(_ path: String, revocationLists: [String]) throws -> TrustStore {
        let files = try certificateFiles(path)
        return try TrustStore(
            certificates: files.map { ($0, try bytes(of: $0)) },
            revocationLists: revocationLists.map { ($0, try bytes(of: $0)) })
    }

    /// The content of a file of an operator's or publisher's.
    static func bytes(of path: String) throws(SignatureError) -> [UInt8] {
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_size <= TrustStore.maximumBytes
        else { throw SignatureError(.unusableFile, "\(path) is no file, or is larger than 4 MiB.") }
        do { return try MigrationFolder.bytes(of: path) } catch {
            throw SignatureError(.unusableFile, "The file cannot be used: \(error.message).")
        }
    }

    /// The files that a store consists of. Throws `SignatureError` when it holds none.
    static func certificateFiles(_ path: String) throws -> [String] {
        guard let directory = opendir(path) else { return [path] }
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), name.hasSuffix(".pem") || name.hasSuffix(".crt") {
                files.append("\(path)/\(name)")
            }
        }
        guard !files.isEmpty else {
            throw SignatureError(.unusableFile, "The trust store \(path) holds no *.pem and no *.crt.")
        }
        return files.sorted()
    }
}
