import GantryCore
import GantryCryptography
import GantryLoader
import GantryStore
import Glibc

/// Tells one state of a bundle on disk from another without reading its library, which is large: that one by its inode,
/// size and time, everything else by its content.
enum BundleFingerprint {
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
        return ([digest] + files).joined(separator: " ")
    }
}
