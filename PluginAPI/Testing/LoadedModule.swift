package import CGantry
import CGantryProxy
package import GantryKit
import Glibc

/// A build of a module as a host sees it: its tables, found once.
///
/// `@unchecked Sendable`: constant after the initializer; the pointers are the module's own, only handed back to it.
package final class LoadedModule: @unchecked Sendable {
    package let module: gantry_module_v1
    package let lifecycle: UnsafePointer<gantry_lifecycle_v1>
    package let http: UnsafePointer<gantry_http_v1>?
    package let subscriber: UnsafePointer<gantry_subscriber_v1>?
    package let runner: UnsafePointer<gantry_runner_v1>?
    package let exporter: gantry_exporter_v1?
    package let state: UnsafePointer<gantry_state_v1>?
    package let id: String
    package let version: String
    package let operations: [String]
    package let subscriptions: [String]
    package let jobs: [String]
    /// What the entry received; the interface has it live as long as the process.
    private let host: UnsafeMutablePointer<gantry_host_v1>

    /// What entries have made. It is there for as long as the process, and so no leak when nobody uses it any more.
    private static let entered = Monitor<[UInt]>([])

    /// Enters and describes the module behind `entry`. Throws `TestFailure`.
    package convenience init(_ entry: gantry_entry_fn_v1) throws {
        try self.init(entering: { entry($0, $1) })
    }

    /// As the other form, with the entry as a closure.
    package init(
        entering entry: (UnsafePointer<gantry_host_v1>, UnsafeMutablePointer<gantry_module_v1>) -> Int32
    ) throws {
        host = .allocate(capacity: 1)
        host.initialize(to: gantry_host_v1(scope: 0, query: TestHost.libraryQuery))
        var module = gantry_module_v1()
        let status = Status(rawValue: entry(host, &module))
        guard status == .ok else { throw TestFailure("gantry_entry_v1 answered: \(status)") }
        self.module = module
        Self.entered.withLock { $0.append(UInt(bitPattern: module.module)) }
        guard let lifecycle: UnsafePointer<gantry_lifecycle_v1> = try Self.table(module, GANTRY_LIFECYCLE_ID) else {
            throw TestFailure("the module has no table `\(GANTRY_LIFECYCLE_ID)`")
        }
        self.lifecycle = lifecycle
        http = try Self.table(module, GANTRY_HTTP_ID)
        subscriber = try Self.table(module, GANTRY_SUBSCRIBER_ID)
        runner = try Self.table(module, GANTRY_RUNNER_ID)
        // Unlike other tables, this one may lack a function.
        exporter = try Self.query(module, GANTRY_EXPORTER_ID)?.load(as: gantry_exporter_v1.self)
        state = try Self.table(module, GANTRY_STATE_ID)
        var found: UnsafePointer<gantry_description_v1>?
        // Tables are checked to be complete when they are found.
        let described = Status(rawValue: lifecycle.pointee.describe.unsafelyUnwrapped(module.module, &found))
        guard described == .ok, let description = found?.pointee else {
            throw TestFailure("describe answered: \(described)")
        }
        id = description.id.copy
        version = description.version.copy
        operations = Self.names(description.operations, description.operation_count)
        subscriptions = Self.names(description.subscriptions, description.subscription_count)
        jobs = Self.names(description.jobs, description.job_count)
    }

    /// Loads a library's file and enters it; with `GANTRY_LOOPBACK=1` in the environment every call then crosses as
    /// bytes, and with `GANTRY_WORKER` it does so to a worker. Throws `TestFailure`.
    package convenience init(library path: String) throws {
        try self.init(entering: Self.entry(of: path))
    }

    private static func entry(
        of path: String
    ) throws -> (UnsafePointer<gantry_host_v1>, UnsafeMutablePointer<gantry_module_v1>) -> Int32 {
        if let program = TestWorker.program { return try TestWorker(program: program, library: path).enter }
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
            throw TestFailure("\(path): \(dlerror().map { String(cString: $0) } ?? "cannot be loaded")")
        }
        guard let symbol = dlsym(handle, "gantry_entry_v1") else {
            throw TestFailure("\(path): exports no gantry_entry_v1")
        }
        let entry = unsafeBitCast(symbol, to: gantry_entry_fn_v1.self)
        let isLoopback = getenv("GANTRY_LOOPBACK").map { String(cString: $0) } == "1"
        return { isLoopback ? gantry_proxy_loopback(entry, $0, $1) : entry($0, $1) }
    }

    private static func names(_ texts: UnsafePointer<gantry_str_v1>?, _ count: UInt64) -> [String] {
        UnsafeBufferPointer(start: texts, count: texts == nil ? 0 : Int(count)).map(\.copy)
    }

    /// What the module's query answers, and whether it gives a table.
    package func ask(_ id: String, revision: UInt32) -> (Status, Bool) {
        var found: UnsafeRawPointer?
        let memory = LentMemory()
        let status = module.query?(module.module, memory.text(id), revision, &found) ?? Status.unsupported.rawValue
        return (Status(rawValue: status), found != nil)
    }

    private static func query(_ module: gantry_module_v1, _ id: String) throws -> UnsafeRawPointer? {
        var found: UnsafeRawPointer?
        let memory = LentMemory()
        let status = Status(
            rawValue: module.query?(module.module, memory.text(id), 1, &found) ?? Status.unsupported.rawValue)
        if status == .unsupported { return nil }
        guard status == .ok, let found else { throw TestFailure("the query for `\(id)` answered: \(status)") }
        return found
    }

    private static func table<Table>(_ module: gantry_module_v1, _ id: String) throws -> UnsafePointer<Table>? {
        guard let found = try query(module, id) else { return nil }
        let functions = UnsafeRawBufferPointer(start: found, count: MemoryLayout<Table>.size)
        for offset in stride(from: 0, to: functions.count, by: MemoryLayout<UInt>.size)
        where functions.load(fromByteOffset: offset, as: UInt.self) == 0 {
            throw TestFailure("the table `\(id)` has no function at its place \(offset / MemoryLayout<UInt>.size)")
        }
        return found.assumingMemoryBound(to: Table.self)
    }
}
