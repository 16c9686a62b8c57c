import CGantry
import CGantryProxy
public import GantryCore
import Glibc

/// One loaded build of a module: its library stays mapped for the life of the process.
public final class LoadedModule: @unchecked Sendable {
    // The pointers below are written in `init` and lead to constant memory of the library, which is never unmapped.

    /// What the module declares.
    public let manifest: Manifest
    let module: UnsafeMutableRawPointer?
    /// What its entry gave.
    private let table: gantry_module_v1
    let lifecycle: gantry_lifecycle_v1
    let http: gantry_http_v1?
    let subscriber: gantry_subscriber_v1?
    let runner: gantry_runner_v1?
    let state: gantry_state_v1?
    private let exporter: gantry_exporter_v1?
    /// The process that it runs in; nil for the host's own.
    let worker: WorkerProcess?
    /// Whether it is behind the recorder, which no call goes past.
    let isRecorded: Bool
    /// What its operations are called when the process crashes in one, by their numbers.
    private let activities: [CrashActivity]
    /// What it calls of other modules and serves them; empty before the manifest is known to fit.
    let services: LoadedServices
    private let operations: [String: UInt32]
    /// Names of the operations by their numbers, and which of them may wait; empty before the manifest is known to fit.
    private let operationNames: [String]
    private let waits: [Bool]
    private let subscriptions: [String: UInt32]
    private let jobs: [String: UInt32]
    private let id: String
    private let version: String

    /// Loads the library at `path`, whose bytes were checked before, and enters it for the first and only time. The
    /// manifest is not compared yet. Throws `LoaderError`.
    convenience init(manifest: Manifest, path: String) throws {
        let entry = try Self.open(path, module: manifest.id)
        CrashReport.noteCode(of: manifest.id, path: path)
        var table = gantry_module_v1()
        let status = ModuleStatus(rawValue: Isolation.current.enter(entry, HostTables.entryHost.start, &table))
        guard status == .ok else {
            throw LoaderError(.entryFailed, module: manifest.id, "Its entry function answered \(status).")
        }
        try self.init(manifest: manifest, table: table, worker: nil)
    }

    /// Enters the library that a worker has, for the first and only time there. Throws `LoaderError`.
    convenience init(manifest: Manifest, worker: WorkerProcess) throws {
        var table = gantry_module_v1()
        try worker.enter(HostTables.entryHost.start, &table)
        try self.init(manifest: manifest, table: table, worker: worker)
    }

    /// The same build behind the proxy, with whatever crosses told to `recorder`. Throws `LoaderError`.
    convenience init(recording build: LoadedModule, to recorder: @escaping Recorder) throws {
        var (inner, outer) = (build.table, gantry_module_v1())
        guard gantry_proxy_record(&inner, HostTables.entryHost.start, recorder, &outer) == GANTRY_OK.rawValue else {
            throw LoaderError(.entryFailed, module: build.manifest.id, "There is no memory to record it.")
        }
        let behind = try LoadedModule(manifest: build.manifest, table: outer, worker: build.worker, isRecorded: true)
        try self.init(manifest: build.manifest, sharing: behind)
    }

    /// What is told of each exchange; see `gantry_recording.h`.
    typealias Recorder =
        @convention(c) (
            Int32, UInt64, UInt64, UnsafePointer<UInt8>?, UInt64, UnsafePointer<UInt8>?, UInt64
        ) -> Void

    private init(
        manifest: Manifest, table: gantry_module_v1, worker: WorkerProcess?, isRecorded: Bool = false
    ) throws {
        self.manifest = manifest
        self.worker = worker
        self.isRecorded = isRecorded
        activities = []
        module = table.module
        self.table = table
        guard let lifecycle = try Self.table(gantry_lifecycle_v1.self, GANTRY_LIFECYCLE_ID, table, manifest) else {
            throw LoaderError(.missingTable, module: manifest.id, "It has no table `\(GANTRY_LIFECYCLE_ID)`.")
        }
        guard lifecycle.describe != nil, lifecycle.create != nil, lifecycle.start != nil, lifecycle.quiesce != nil,
            lifecycle.stop != nil, lifecycle.destroy != nil
        else {
            throw LoaderError(
                .missingTable, module: manifest.id, "Its table `\(GANTRY_LIFECYCLE_ID)` lacks a function.")
        }
        self.lifecycle = lifecycle
        http = try Self.table(gantry_http_v1.self, GANTRY_HTTP_ID, table, manifest)
        subscriber = try Self.table(gantry_subscriber_v1.self, GANTRY_SUBSCRIBER_ID, table, manifest)
        runner = try Self.table(gantry_runner_v1.self, GANTRY_RUNNER_ID, table, manifest)
        state = try Self.table(gantry_state_v1.self, GANTRY_STATE_ID, table, manifest)
        exporter = try Self.table(gantry_exporter_v1.self, GANTRY_EXPORTER_ID, table, manifest)
        services = LoadedServices()
        var description: UnsafePointer<gantry_description_v1>?
        let described = ModuleStatus(rawValue: lifecycle.describe(module, &description))
        guard described == .ok, let description = description?.pointee else {
            throw LoaderError(.entryFailed, module: manifest.id, "Its `describe` answered \(described).")
        }
        operationNames = []
        waits = []
        operations = try Self.numbers(description.operations, description.operation_count, manifest)
        subscriptions = try Self.numbers(description.subscriptions, description.subscription_count, manifest)
        jobs = try Self.numbers(description.jobs, description.job_count, manifest)
        id = description.id.text ?? ""
        version = description.version.text ?? ""
    }

    /// The same build under the manifest of a bundle; compares its description with that. Throws `LoaderError`.
    init(manifest: Manifest, sharing build: LoadedModule) throws {
        self.manifest = manifest
        worker = build.worker
        isRecorded = build.isRecorded
        module = build.module
        table = build.table
        lifecycle = build.lifecycle
        http = build.http
        subscriber = build.subscriber
        runner = build.runner
        state = build.state
        exporter = build.exporter
        services = try LoadedServices(manifest, build.exporter, build.module)
        operations = build.operations
        operationNames = build.operations.sorted { $0.value < $1.value }.map(\.key)
        activities = operationNames.map { CrashActivity(operation: $0) }
        let waiting = Set(manifest.routes.filter { $0.execution == .blocking }.map(\.operation))
        waits = operationNames.map(waiting.contains)
        subscriptions = build.subscriptions
        jobs = build.jobs
        id = build.id
        version = build.version
        try compare()
    }

    /// The number by which the module knows an operation, subscription or job.
    func operationNumber(_ id: String) -> UInt32? { operations[id] }
    /// The operation that the module knows by the number.
    func operationName(_ number: UInt32) -> String {
        operationNames.indices.contains(Int(number)) ? operationNames[Int(number)] : ""
    }
    /// What it is called when the process crashes in it.
    func activity(_ number: UInt32) -> CrashActivity {
        activities.indices.contains(Int(number)) ? activities[Int(number)] : .unknown
    }
    /// Whether it ran in another process, which has ended.
    public var isGone: Bool { worker?.isOver ?? false }
    /// Whether it runs in that process.
    public func runs(in process: WorkerProcess) -> Bool { worker === process }
    /// Whether the operation runs where it may wait.
    func mayWait(_ number: UInt32) -> Bool { waits.indices.contains(Int(number)) && waits[Int(number)] }
    func subscriptionNumber(_ name: String) -> UInt32? { subscriptions[name] }
    func jobNumber(_ name: String) -> UInt32? { jobs[name] }

    private static func open(_ path: String, module: String) throws -> gantry_entry_fn_v1 {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
            throw LoaderError(
                .loadFailed, module: module, "The library cannot be loaded: \(String(cString: dlerror())).")
        }
        guard let symbol = dlsym(library, "gantry_entry_v1") else {
            throw LoaderError(.missingEntry, module: module, "The library has no function `gantry_entry_v1`.")
        }
        return unsafeBitCast(symbol, to: gantry_entry_fn_v1.self)
    }

    private static func table<Layout>(
        _: Layout.Type, _ id: String, _ module: gantry_module_v1, _ manifest: Manifest
    ) throws -> Layout? {
        guard let query = module.query else {
            throw LoaderError(.missingTable, module: manifest.id, "Its entry function left `query` empty.")
        }
        var id = id
        var table: UnsafeRawPointer?
        let status = id.withUTF8 { bytes in
            ModuleStatus(rawValue: query(module.module, gantry_str_v1(UnsafeRawBufferPointer(bytes)), 1, &table))
        }
        if status == .unsupported { return nil }
        guard status == .ok, let table else {
            throw LoaderError(.missingTable, module: manifest.id, "Its query for `\(id)` answered \(status).")
        }
        return table.load(as: Layout.self)
    }

    private static func numbers(
        _ names: UnsafePointer<gantry_str_v1>?, _ count: UInt64, _ manifest: Manifest
    ) throws -> [String: UInt32] {
        guard count <= 10_000, names != nil || count == 0 else {
            throw LoaderError(.entryFailed, module: manifest.id, "Its description has a list of \(count) names.")
        }
        var numbers: [String: UInt32] = [:]
        for index in 0..<Int(count) {
            guard let name = names?[index].text, numbers.updateValue(UInt32(index), forKey: name) == nil else {
                throw LoaderError(
                    .entryFailed, module: manifest.id,
                    "Name \(index) of a list in its description comes twice or is no UTF-8.")
            }
        }
        return numbers
    }

    /// The library must do what the manifest says and no more; each contradiction names both sides.
    private func compare() throws {
        var faults: [String] = []
        if id != manifest.id { faults.append("the library calls itself `\(id)`") }
        if version != manifest.version {
            faults.append("the library has version \(version), the manifest \(manifest.version)")
        }
        faults += Self.differences("operation", manifest: manifest.handledOperations, Set(operations.keys))
        faults += Self.differences("job", manifest: Set(manifest.jobs), Set(jobs.keys))
        faults += Self.differences(
            "event handler", manifest: Set(manifest.subscriptions.map(\.handler)), Set(subscriptions.keys))
        if !manifest.handledOperations.isEmpty && http == nil {
            faults.append("it has routes but no table `\(GANTRY_HTTP_ID)`")
        }
        if !manifest.jobs.isEmpty && runner == nil { faults.append("it has jobs but no table `\(GANTRY_RUNNER_ID)`") }
        if !manifest.subscriptions.isEmpty && subscriber == nil {
            faults.append("it has subscriptions but no table `\(GANTRY_SUBSCRIBER_ID)`")
        }
        guard faults.isEmpty else {
            throw LoaderError(
                .contradiction, module: manifest.id,
                "Library and manifest contradict each other: \(faults.joined(separator: "; ")).")
        }
    }

    private static func differences(_ kind: String, manifest: Set<String>, _ library: Set<String>) -> [String] {
        manifest.subtracting(library).sorted().map { "the manifest's \(kind) `\($0)` has no handler in the library" }
            + library.subtracting(manifest).sorted().map { "the library's \(kind) `\($0)` is not in the manifest" }
    }
}
