import CGantry

/// The host's tables as one instance sees them, found once when it is created.
struct HostTables {
    /// Owns this memory. For those who keep it beyond a call: see `HostTablesBox`.
    fileprivate(set) var owner: Unmanaged<HostTablesBox>?
    let response: UnsafePointer<gantry_response_v1>
    let log: UnsafePointer<gantry_log_v1>
    let clock: UnsafePointer<gantry_clock_v1>
    let call: UnsafePointer<gantry_call_table_v1>
    let executor: Granted<gantry_executor_v1>
    let stream: Granted<gantry_stream_v1>
    let websocket: Granted<gantry_websocket_v1>
    let settings: Granted<gantry_settings_v1>
    let identity: Granted<gantry_identity_v1>
    let metrics: Granted<gantry_metrics_v1>
    let trace: Granted<gantry_trace_v1>
    let services: Granted<gantry_services_v1>
    let database: Granted<gantry_database_v1>
    let events: Granted<gantry_events_v1>
    let jobs: Granted<gantry_jobs_v1>
    let httpClient: Granted<gantry_http_client_v1>
    let blobs: Granted<gantry_blobs_v1>
    let cache: Granted<gantry_cache_v1>
    let directory: Granted<gantry_directory_v1>
    let webhooks: Granted<gantry_webhooks_v1>
    let transfers: Granted<gantry_transfers_v1>
    let mail: Granted<gantry_mail_v1>

    /// Asks the instance's scope for every table of the interface.
    init(_ host: UnsafePointer<gantry_host_v1>) throws(HostError) {
        response = try Self.find(host, GANTRY_RESPONSE_ID).get()
        log = try Self.find(host, GANTRY_LOG_ID).get()
        clock = try Self.find(host, GANTRY_CLOCK_ID).get()
        call = try Self.find(host, GANTRY_CALL_ID).get()
        executor = Self.find(host, GANTRY_EXECUTOR_ID)
        stream = Self.find(host, GANTRY_STREAM_ID)
        websocket = Self.find(host, GANTRY_WEBSOCKET_ID)
        settings = Self.find(host, GANTRY_SETTINGS_ID)
        identity = Self.find(host, GANTRY_IDENTITY_ID)
        metrics = Self.find(host, GANTRY_METRICS_ID)
        trace = Self.find(host, GANTRY_TRACE_ID)
        services = Self.find(host, GANTRY_SERVICES_ID, capability: "services")
        database = Self.find(host, GANTRY_DATABASE_ID, capability: "database")
        events = Self.find(host, GANTRY_EVENTS_ID, capability: "events")
        jobs = Self.find(host, GANTRY_JOBS_ID, capability: "jobs")
        httpClient = Self.find(host, GANTRY_HTTP_CLIENT_ID, capability: "http_client")
        blobs = Self.find(host, GANTRY_BLOBS_ID, capability: "blobs")
        cache = Self.find(host, GANTRY_CACHE_ID, capability: "cache")
        directory = Self.find(host, GANTRY_DIRECTORY_ID, capability: "directory")
        webhooks = Self.find(host, GANTRY_WEBHOOKS_ID, capability: "webhooks")
        transfers = Self.find(host, GANTRY_TRANSFERS_ID, capability: "blobs")
        mail = Self.find(host, GANTRY_MAIL_ID, capability: "mail")
    }

    /// A table that needs a capability, or why the instance does not have it.
    struct Granted<Table> {
        let table: UnsafePointer<Table>?
        let status: Status
        let id: String
        /// What the manifest must ask for; nil where nothing is needed.
        let capability: String?

        /// The table; throws what the host answered where it was not granted, and what would grant it.
        func get() throws(HostError) -> UnsafePointer<Table> {
            guard let table else { throw refusal }
            return table
        }

        private var refusal: HostError {
            guard status == .denied, let capability else {
                return HostError(status, message: "The host does not give this instance `\(id)`: \(status).")
            }
            return HostError(
                status,
                message: "`\(id)` is not granted: list `\(capability)` under `capabilities:` in module.yaml, "
                    + "and have the operator allow it for this tenant.")
        }
    }

    private static func find<Table>(
        _ host: UnsafePointer<gantry_host_v1>, _ id: String, capability: String? = nil
    ) -> Granted<Table> {
        var found: UnsafeRawPointer?
        let answer = id.withText { host.pointee.query?(host.pointee.scope, $0, 1, &found) }
        let status = answer.map(Status.init(rawValue:)) ?? .unsupported
        guard status == .ok, let found else {
            return Granted(
                table: nil, status: status == .ok ? .unsupported : status, id: id, capability: capability)
        }
        // The interface promises complete tables. Checked here once, so that each call may rely on it.
        let functions = UnsafeRawBufferPointer(start: found, count: MemoryLayout<Table>.size)
        for offset in stride(from: 0, to: functions.count, by: MemoryLayout<UInt>.size)
        where functions.load(fromByteOffset: offset, as: UInt.self) == 0 {
            return Granted(table: nil, status: .invalid, id: id, capability: capability)
        }
        return Granted(
            table: found.assumingMemoryBound(to: Table.self), status: .ok, id: id, capability: capability)
    }
}

/// Owns the memory that calls refer to as their tables: one for each instance.
final class HostTablesBox {
    let pointer: UnsafeMutablePointer<HostTables>

    init(_ tables: HostTables) {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: tables)
        pointer.pointee.owner = Unmanaged.passUnretained(self)
    }

    deinit {
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }
}
