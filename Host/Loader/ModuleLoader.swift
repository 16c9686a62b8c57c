import GantryCore
import GantryCryptography
import GantryThreads
import Glibc

/// Loads libraries, each build once. The verified bytes are the loaded bytes: they are copied to a private folder under
/// their digest and loaded from there, so that a file exchanged meanwhile changes nothing.
public final class ModuleLoader: Sendable {
    private let folder: String
    private let probe: ProbeProcess?
    private let maximumBuilds: Int
    private let state = Lock(State())

    private struct State {
        /// By digest.
        var builds: [String: LoadedModule] = [:]
        /// How many of them a module has.
        var counts: [String: Int] = [:]
        /// The C types of what is mapped on the shared runtime, by who brought them; empty before they are needed.
        var types: [(owner: String, types: ForeignTypes)] = []
    }

    /// Makes a loader.
    /// - Parameters:
    ///   - folder: The private folder; it is made when it is missing.
    ///   - probe: Program and first arguments of a process that runs `LibraryProbe`, in which each library is tried
    ///     before this process loads it; nil for no trial.
    ///   - probeMilliseconds: Time that the trial may take.
    ///   - maximumBuilds: How many builds of one module are loaded at most; none is ever unloaded.
    public init(
        folder: String, probe: [String]? = nil, probeMilliseconds: Int = 5000, maximumBuilds: Int = .max
    ) {
        self.folder = folder
        self.maximumBuilds = maximumBuilds
        self.probe = probe.map { ProbeProcess(command: $0, patienceMilliseconds: probeMilliseconds) }
    }

    /// Checks the bundle's library without loading it. Throws `LoaderError`.
    public static func inspect(_ bundle: Bundle) throws {
        _ = try verifiedBytes(bundle)
    }

    /// The loaded build; loads it at the first call. Throws `LoaderError`.
    public func load(_ bundle: Bundle) throws -> LoadedModule {
        let (bytes, library) = try Self.verifiedBytes(bundle)
        let digest = Cryptography.sha256(bytes).hexadecimal
        return try state.withLock { state in
            // The same library may stand under a changed manifest; its code is entered only once all the same.
            if let build = state.builds[digest] { return try LoadedModule(manifest: bundle.manifest, sharing: build) }
            try checkCount(of: bundle.manifest.id, state)
            try Self.compareTypes(library, of: bundle.manifest, &state)
            let path = try privateCopy(bytes, digest: digest, module: bundle.manifest.id)
            try tryOut(path, library, module: bundle.manifest.id)
            let build = try LoadedModule(manifest: bundle.manifest, path: path)
            state.builds[digest] = build
            state.counts[bundle.manifest.id, default: 0] += 1
            if let types = library.foreignTypes {
                state.types.append(("the module `\(bundle.manifest.id)` \(bundle.manifest.version)", types))
            }
            return try LoadedModule(manifest: bundle.manifest, sharing: build)
        }
    }

    /// How many builds of a module are in the process.
    public func buildCount(of module: String) -> Int { state.withLock { $0.counts[module] ?? 0 } }

    private func checkCount(of module: String, _ state: State) throws {
        let count = state.counts[module] ?? 0
        if count < maximumBuilds { return }
        throw LoaderError(
            .tooManyBuilds, module: module,
            "\(count) builds of it are in this process, and no build is ever unloaded. Start the host again, without a "
                + "gap by `gantry serve --replace`; `instances.generations` of the deployment says how many may be.")
    }

    /// Starts a worker with the bundle's library and enters it there. What it does when it is loaded is no trouble of
    /// this process. Throws `LoaderError`.
    /// - Parameter whenEnded: Called once the process has ended, also when this throws after it was started.
    public func load(
        _ bundle: Bundle, inWorker settings: WorkerProcess.Settings,
        whenEnded: @escaping @Sendable (WorkerProcess, WorkerEnd) -> Void
    ) throws -> (LoadedModule, WorkerProcess) {
        let (bytes, library) = try Self.verifiedBytes(bundle)
        let digest = Cryptography.sha256(bytes).hexadecimal
        let id = bundle.manifest.id
        let path = try state.withLock { _ in try privateCopy(bytes, digest: digest, module: id) }
        let worker = try WorkerProcess(module: id, library: path, needed: library.needed, settings: settings)
        worker.whenEnded { [worker] end in whenEnded(worker, end) }
        do {
            let build = try LoadedModule(manifest: bundle.manifest, worker: worker)
            return (try LoadedModule(manifest: bundle.manifest, sharing: build), worker)
        } catch {
            // How one ended that has ended says more than that it was ended.
            if worker.isOver { worker.waitForEnd(until: .after(.seconds(1))) } else { worker.stop() }
            throw error
        }
    }

    private static func verifiedBytes(_ bundle: Bundle) throws -> ([UInt8], InspectedLibrary) {
        let bytes: [UInt8]
        do { bytes = try Files.read(bundle.libraryPath, maximumBytes: 512 << 20) } catch {
            throw LoaderError(.notFound, module: bundle.manifest.id, "The library cannot be read: \(error).")
        }
        try bundle.seal?.check(bytes, path: bundle.manifest.library)
        return (bytes, try BundleInspector(manifest: bundle.manifest).inspect(bytes))
    }

    /// A library on the host's own runtime must mean by each C tag what those mean that are there already.
    private static func compareTypes(_ library: InspectedLibrary, of manifest: Manifest, _ state: inout State) throws {
        guard let types = library.foreignTypes else { return }
        if state.types.isEmpty {
            state.types = LoadedImages.foreignTypes().map { ($0.path, $0.types) }
        }
        for (owner, present) in state.types {
            guard let clash = types.clash(with: present) else { continue }
            throw LoaderError(
                .typeClash, module: manifest.id,
                "The library's C type `\(clash.tag)` has \(clash.own), that of \(owner) \(clash.other). Swift keeps "
                    + "one description of a tag for the whole process: rename the type, build against the same "
                    + "headers, or build the module hermetic.")
        }
    }

    private func tryOut(_ path: String, _ library: InspectedLibrary, module: String) throws {
        guard let probe else { return }
        let fault: String?
        do { fault = try probe.fault(path: path, needed: library.needed) } catch {
            throw LoaderError(.unreadable, module: module, "The process that tries it out cannot be started: \(error).")
        }
        if let fault { throw LoaderError(.sideEffects, module: module, fault) }
    }

    private func privateCopy(_ bytes: [UInt8], digest: String, module: String) throws -> String {
        let path = "\(folder)/\(digest).so"
        do {
            if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw Files.Failure(path: folder, errorNumber: errno) }
            if let present = try? Files.read(path, maximumBytes: bytes.count), present == bytes { return path }
            try Files.writeDurably(bytes, to: path, mode: 0o500)
        } catch {
            throw LoaderError(.unreadable, module: module, "Its private copy cannot be written: \(error).")
        }
        return path
    }
}
