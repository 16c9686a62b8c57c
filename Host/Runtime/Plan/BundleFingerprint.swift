import GantryCore
import GantryCryptography
import GantryLoader
import GantryStore
import Glibc

/// Tells one state of a bundle on disk from another without reading its library, which is large: that one by its inode,
/// size and time, everything else by its content.
enum BundleFingerprint {
    /// What is wrong with two bundles that claim the same version of the same module; nil when they are the same by
    /// their content.
    static func difference(between first: Bundle, _ second: Bundle) throws -> String? {
        if try digest(of: first) == digest(of: second) { return nil }
        return "`\(first.manifest.id)` \(first.manifest.version) is there twice, and the two are not the same: "
            + "\(first.folder) and \(second.folder). Remove one, or give it a version of its own."
    }

    private static func digest(of bundle: Bundle) throws -> String {
        var content = try contents(of: "\(bundle.folder)/module.yaml") + bundle.contractJSON()
        for migration in try bundle.migrationsPath.map({ try MigrationFolder.load($0) }) ?? [] {
            content += migration.sql
        }
        content += try contents(of: bundle.libraryPath)
        return content.withUnsafeBytes { Cryptography.sha256($0).hexadecimal }
    }

    private static func contents(of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw HostError(.bundle, "\(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                throw HostError(.bundle, "\(path) cannot be read: \(String(cString: strerror(errno))).")
            }
            bytes += piece[..<count]
        }
    }

    static func text(of bundle: Bundle, _ migrations: [Migration]) throws -> String {
        var content = Array(bundle.manifest.version.utf8)
        content += try bundle.contractJSON()
        for migration in migrations { content += migration.sql }
        let files = ["\(bundle.folder)/module.yaml", bundle.libraryPath].map { path in
            var information = stat()
            guard stat(path, &information) == 0 else { return "none" }
            let time = information.st_mtim
            return "\(information.st_ino).\(information.st_size).\(time.tv_sec).\(time.tv_nsec)"
        }
        let digest = content.withUnsafeBytes { Cryptography.sha256($0).hexadecimal }
        // The same files under another signature, or none, are another bundle: what is known of one is not of another.
        let seal = bundle.seal.map { "\($0.digest.hexadecimal) \(Cryptography.sha256($0.signature).hexadecimal)" }
        return ([digest] + files + [seal ?? "unsealed"]).joined(separator: " ")
    }
}
