import CGantry
import GantryKit
import Glibc

extension TestHost {
    /// The host's side of the interface. `@unchecked Sendable`: constant, written once and never freed.
    private struct Tables: @unchecked Sendable {
        let pointers: [String: UnsafeRawPointer]

        init() {
            func place<Table>(_ table: Table) -> UnsafeRawPointer {
                let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
                memory.initialize(to: table)
                return UnsafeRawPointer(memory)
            }
            pointers = [
                GANTRY_RESPONSE_ID: place(ResponseTable.table), GANTRY_LOG_ID: place(SystemTables.log),
                GANTRY_CLOCK_ID: place(SystemTables.clock), GANTRY_CALL_ID: place(SystemTables.call),
                GANTRY_DATABASE_ID: place(DatabaseTable.table), GANTRY_EVENTS_ID: place(DatabaseTable.events),
                GANTRY_JOBS_ID: place(DatabaseTable.jobs), GANTRY_EXECUTOR_ID: place(ExecutorTable.table),
                GANTRY_STREAM_ID: place(StreamTable.table), GANTRY_SETTINGS_ID: place(SystemTables.settings),
                GANTRY_IDENTITY_ID: place(IdentityTable.table), GANTRY_METRICS_ID: place(SystemTables.metrics),
                GANTRY_TRACE_ID: place(TraceTable.table), GANTRY_SERVICES_ID: place(ServicesTable.table),
                GANTRY_HTTP_CLIENT_ID: place(HTTPClientTable.table), GANTRY_BLOBS_ID: place(BlobsTable.table),
                GANTRY_WEBHOOKS_ID: place(WebhooksTable.table), GANTRY_CACHE_ID: place(CacheTable.table),
                GANTRY_WEBSOCKET_ID: place(WebSocketTable.table), GANTRY_DIRECTORY_ID: place(DirectoryTable.table),
                GANTRY_TRANSFERS_ID: place(TransfersTable.table), GANTRY_MAIL_ID: place(DatabaseTable.mail),
            ]
        }
    }

    private static let tables = Tables()
    /// Tables that need a capability, with its name in the manifest.
    package static let capabilityOfTable = [
        GANTRY_DATABASE_ID: "database", GANTRY_EVENTS_ID: "events", GANTRY_JOBS_ID: "jobs",
        GANTRY_HTTP_CLIENT_ID: "http_client", GANTRY_BLOBS_ID: "blobs", GANTRY_CACHE_ID: "cache",
        GANTRY_WEBHOOKS_ID: "webhooks", GANTRY_DIRECTORY_ID: "directory", GANTRY_SERVICES_ID: "services",
        GANTRY_TRANSFERS_ID: "blobs", GANTRY_MAIL_ID: "mail",
    ]
    /// Capabilities of single functions.
    static let capabilityOfFunction = [
        "gantry.settings secret": "secrets", "gantry.identity mint": "identity", "gantry.identity verify": "identity",
        "gantry.identity revoke": "identity", "gantry.identity revoke_subject": "identity",
    ]

    /// The weak way from the number in a call to its host.
    private struct Reference: @unchecked Sendable {
        // Sendable: a weak reference is read and written atomically.
        weak var host: TestHost?
    }

    private static let hosts = Monitor<[UInt64: Reference]>([:])
    private static let lastNumber = Monitor<UInt64>(0)

    static func newNumber() -> UInt64 {
        lastNumber.withLock { number in
            number += 1
            return number
        }
    }

    func register() { Self.hosts.withLock { $0[number] = Reference(host: self) } }

    static func forget(_ number: UInt64) { hosts.withLock { _ = $0.removeValue(forKey: number) } }

    static func find(_ number: UInt64) -> TestHost? { hosts.withLock { $0[number]?.host } }

    /// What `create` receives: the instance's scope.
    static let query:
        @convention(c) (UInt64, gantry_str_v1, UInt32, UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int32 = {
            scope, id, revision, out in
            guard let host = find(scope), let out else { return Status.stale.rawValue }
            out.pointee = nil
            let id = id.copy
            guard let table = tables.pointers[id], revision == 1 else { return Status.unsupported.rawValue }
            if host.state.withLock({ $0.unsupported.contains(id) }) { return Status.unsupported.rawValue }
            guard host.grants(id) else { return Status.denied.rawValue }
            out.pointee = table
            return Status.ok.rawValue
        }

    /// What the library's entry receives: nothing is granted to a module without a tenant.
    static let libraryQuery:
        @convention(c) (UInt64, gantry_str_v1, UInt32, UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int32 = {
            _, id, revision, out in
            out?.pointee = nil
            return tables.pointers[id.copy] != nil && revision == 1
                ? Status.denied.rawValue : Status.unsupported.rawValue
        }

    private func grants(_ id: String) -> Bool {
        if state.withLock({ $0.denied.contains(id) }) { return false }
        guard let capability = Self.capabilityOfTable[id] else { return true }
        return grantsCapability(capability)
    }

    func grantsCapability(_ name: String) -> Bool {
        if state.withLock({ $0.denied.contains(name) }) { return false }
        return bundle.map { $0.capabilities.contains(name) } ?? true
    }

    /// Resolves a call of the host's function `name`: counts it, and answers in its place where a test wants that.
    ///
    /// - Parameter waits: Whether the function may wait, and so is refused where nothing may.
    static func with(
        _ call: UnsafePointer<gantry_call_v1>?, _ name: String, waits: Bool = false,
        _ body: (TestHost, TestCall) -> Status
    ) -> Int32 {
        guard let call, let host = find(call.pointee.instance) else { return Status.stale.rawValue }
        if let status = host.note(name) { return status.rawValue }
        guard let record = host.record(call.pointee.call, of: name) else { return Status.stale.rawValue }
        if waits, host.threads.isImpatient { return host.judged(.thread, of: name).rawValue }
        if let capability = capabilityOfFunction[name], !host.grantsCapability(capability) {
            return Status.denied.rawValue
        }
        return host.judged(body(host, record), of: name).rawValue
    }

    /// As `with`, for functions of which only the instance counts.
    static func withInstance(
        _ call: UnsafePointer<gantry_call_v1>?, _ name: String, _ body: (TestHost) -> Status
    ) -> Int32 {
        guard let call, let host = find(call.pointee.instance) else { return Status.stale.rawValue }
        if let status = host.note(name) { return status.rawValue }
        return host.judged(body(host), of: name).rawValue
    }

    private func grantsTable(of function: String) -> Bool { grants(String(function.prefix { $0 != " " })) }

    /// Notes what a function answered that no module should hear, and gives it back.
    private func judged(_ status: Status, of function: String) -> Status {
        let reason: String
        switch status {
        case .invalid: reason = "an argument breaks its contract"
        case .thread: reason = "it may not be called on this thread, or not here; see its thread class"
        case .stale where function == "\(GANTRY_DATABASE_ID) execute": reason = "its transaction is over"
        case .denied where !grantsTable(of: function): reason = "this instance was not given its table"
        default: return status
        }
        state.withLock { state in
            if state.misuses.count < 100 { state.misuses.append("\(function) answers \(status): \(reason)") }
        }
        return status
    }

    /// The call of this number; a use of one that is over is noted.
    private func record(_ number: UInt64, of function: String) -> TestCall? {
        state.withLock { state in
            if let call = state.calls[number] { return call }
            if !state.leftCalls.contains(number) {
                if function.hasPrefix("gantry.response") { state.doubleAnswers += 1 } else { state.staleUses += 1 }
            }
            return nil
        }
    }

    /// The ids of all tables.
    package static var tableNames: [String] { tables.pointers.keys.sorted() }

    /// Does what is due at this call of the host.
    private func interruptIfDue() {
        let action = state.withLock { state -> (@Sendable (TestHost) -> Void)? in
            guard let (left, action) = state.interruption else { return nil }
            state.interruption = left > 0 ? (left - 1, action) : nil
            return left == 0 ? action : nil
        }
        action?(self)
    }

    /// Counts a call of a function; the status that a test wants instead of the real answer.
    private func note(_ name: String) -> Status? {
        interruptIfDue()
        return state.withLock { state in
            state.functions.append(name)
            for index in state.faults.indices where state.faults[index].function ?? name == name {
                if state.faults[index].skips > 0 {
                    state.faults[index].skips -= 1
                    continue
                }
                guard state.faults[index].times != 0 else { continue }
                // Who is told that a stream is busy waits to be woken, which only the truth is followed by.
                if state.faults[index].status == .busy, name.hasPrefix("gantry.stream") { continue }
                if state.faults[index].status == .busy, name == "gantry.websocket send" { continue }
                state.faults[index].times? -= 1
                state.faultsMet += 1
                state.lastFault = name
                return state.faults[index].status
            }
            return nil
        }
    }
}
