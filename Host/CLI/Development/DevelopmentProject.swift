import GantryAuthoring
import GantryCore
import GantryJSON
import Glibc

/// A module's project as `gantry dev` sees it: a manifest, a command that builds, and the bundle that it leaves.
struct DevelopmentProject {
    /// Its folder, from the root of the file system.
    let folder: String
    /// Folders with bundles of other modules.
    let others: [String]
    let configuration: String
    private let build: String
    private let isolation: Deployment.Isolation.Tier

    /// How many builds of the module fit into one process.
    static let buildLimit = 100

    /// Where builds leave the bundle's folder.
    var bundles: String { "\(folder)/build/bundles" }

    init(
        folder: String, build: String, others: [String], configuration: String, isolation: Deployment.Isolation.Tier
    ) throws {
        self.folder = AbsolutePath.of(folder)
        self.build = build
        self.others = others.map(AbsolutePath.of)
        self.configuration = configuration
        self.isolation = isolation
        _ = try manifest()
        guard (try? JSONDocument(Array(configuration.utf8)))?.withRoot({ $0.kind == .object }) == true else {
            throw CommandFailure("--configuration is no JSON object: \(configuration)")
        }
    }

    /// The manifest as it stands now.
    func manifest() throws -> Manifest {
        let path = "\(folder)/bundle/module.yaml"
        guard let bytes = try? AuthorFiles.read(path) else {
            throw CommandFailure(
                "There is no module's project in \(folder): it has no bundle/module.yaml. "
                    + "`gantry new module` makes a project.")
        }
        do { return try Manifest(yaml: String(decoding: bytes, as: UTF8.self), file: path) } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// The module and the others, by id.
    func modules(_ manifest: Manifest) throws -> [Manifest] {
        try [manifest]
            + others.flatMap { folder in
                try AuthorFiles.names(in: folder).compactMap { name in
                    let path = "\(folder)/\(name)/module.yaml"
                    guard let bytes = try? AuthorFiles.read(path) else { return nil }
                    do { return try Manifest(yaml: String(decoding: bytes, as: UTF8.self), file: path) } catch {
                        throw CommandFailure("\(error)")
                    }
                }
            }
    }

    /// Builds; gives whether it worked. What the compiler says goes where this command's output goes.
    func runBuild(_ signals: CommandSignals) throws -> Bool {
        let environment: [String: String?] = [
            "GANTRY": AuthorKit.executablePath, "MAKEFLAGS": nil, "MAKELEVEL": nil, "MFLAGS": nil,
        ]
        let process = try ChildProcess(["/bin/sh", "-c", build], in: folder, environment: environment)
        return signals.wait(for: process).code == 0
    }

    /// The bundle's state: what every file of it says but the times.
    func bundleDigest(_ manifest: Manifest) throws -> [String: Int] {
        let folder = "\(bundles)/\(manifest.id)"
        let files = AuthorFiles.all(below: folder)
        guard !files.isEmpty else {
            throw CommandFailure("`\(build)` left no bundle in \(folder).")
        }
        var state: [String: Int] = [:]
        for file in files { state[file] = try AuthorFiles.read("\(folder)/\(file)").hashValue }
        return state
    }

    /// A deployment with the module for two tenants.
    func deployment(_ modules: [Manifest], logLevel: String) -> String {
        let own = modules.first?.id ?? ""
        let entries = modules.map { module in
            let configuration = module.id == own ? "{configuration: \(configuration)}" : "{}"
            return "      \(module.id): \(configuration)\n"
        }.joined()
        let tenants = ["dev", "other"].map { "  - id: \($0)\n    modules:\n\(entries)" }.joined()
        // Who is at work on it makes it crash more often than an operator would put up with.
        let place = isolation == .inProcess ? "{}" : "{isolation: \(isolation.rawValue), worker: {crashes: 1000}}"
        let folders = ([bundles] + others).map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            bundles: [\(folders)]
            log: {level: \(logLevel), requests: all}
            drain: 1
            instances: {generations: \(Self.buildLimit)}
            limits: {default: 100000/minute}
            modules: {\(own): \(place)}
            tenants:
            \(tenants)
            """
    }
}
