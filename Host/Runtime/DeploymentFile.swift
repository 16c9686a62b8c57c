import GantryCore
import Glibc

/// Reads deployment files from disk.
enum DeploymentFile {
    /// The deployment, its bundle folders made relative to where the host runs. Throws `ConfigurationError`.
    static func read(_ path: String) throws -> Deployment {
        guard let file = fopen(path, "re") else {
            throw ConfigurationError(
                file: path, message: "The file cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, message: "The file is not UTF-8.")
        }
        var deployment = try Deployment(yaml: text, file: path)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        deployment.bundleFolders = deployment.bundleFolders.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
        for index in deployment.listeners.indices {
            guard let tls = deployment.listeners[index].tls else { continue }
            let paths = [tls.certificate, tls.key].map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
            deployment.listeners[index].tls = Deployment.Certificate(certificate: paths[0], key: paths[1])
        }
        func beside(_ path: String) -> String { absolute(path.hasPrefix("/") ? path : "\(folder)/\(path)") }
        deployment.trust.store = deployment.trust.store.map(beside)
        deployment.trust.revocationLists = deployment.trust.revocationLists.map(beside)
        // For tests: the same suite, with every module in another tier.
        if let tier = ProcessEnvironment.values["GANTRY_ISOLATION"].flatMap(Deployment.Isolation.Tier.init) {
            deployment.standardTier = tier
        }
        return deployment
    }

    /// The path as it is the same from everywhere, for commands that are given in another folder later.
    static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
