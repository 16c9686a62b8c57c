import CGantry
import GantryCore

/// The host's side of the interface: one constant table for each id and revision. They live as long as the process.
enum HostTables {
    private static let response = table(
        gantry_response_v1(send: ResponseTable.send, fail: ResponseTable.fail, refuse: ResponseTable.refuse))
    private static let database = table(
        gantry_database_v1(
            transact: DatabaseTable.transact, submit: DatabaseTable.submit, execute: DatabaseTable.execute))
    private static let events = table(gantry_events_v1(publish: EventsTable.publish))
    private static let jobs = table(gantry_jobs_v1(enqueue: JobsTable.enqueue))
    private static let log = table(gantry_log_v1(write: SystemTables.write))
    private static let clock = table(
        gantry_clock_v1(now: SystemTables.now, monotonic: SystemTables.monotonic, random: SystemTables.random))
    private static let stream = table(
        gantry_stream_v1(
            watch: StreamTable.watch, read: StreamTable.read, start: StreamTable.start, write: StreamTable.write,
            finish: StreamTable.finish, reset: StreamTable.reset, wait: StreamTable.wait))
    private static let websocket = table(
        gantry_websocket_v1(
            accept: WebSocketTable.accept, resume: WebSocketTable.resume, send: WebSocketTable.send,
            close: WebSocketTable.close))
    private static let executor = table(
        gantry_executor_v1(
            submit: ExecutorTable.submit, submit_blocking: ExecutorTable.submitBlocking,
            submit_after: ExecutorTable.submitAfter, cancel: ExecutorTable.cancel))
    private static let httpClient = table(
        gantry_http_client_v1(
            perform: HTTPClientTable.perform, submit: HTTPClientTable.submit, stream: HTTPClientTable.stream,
            resume: HTTPClientTable.resume, cancel: HTTPClientTable.cancel))
    private static let blobs = table(
        gantry_blobs_v1(
            put: BlobsTable.put, create: BlobsTable.create, append: BlobsTable.append, commit: BlobsTable.commit,
            discard: BlobsTable.discard, open: BlobsTable.open, read: BlobsTable.read, close: BlobsTable.close,
            remove: BlobsTable.remove, list: BlobsTable.list))
    private static let cache = table(
        gantry_cache_v1(get: CacheTable.get, set: CacheTable.set, remove: CacheTable.remove, add: CacheTable.add))
    private static let webhooks = table(
        gantry_webhooks_v1(
            check: WebhooksTable.check, list: WebhooksTable.list, read: WebhooksTable.read,
            create: WebhooksTable.create, update: WebhooksTable.update, remove: WebhooksTable.remove,
            rotate_secret: WebhooksTable.rotateSecret, test: WebhooksTable.test))
    private static let settings = table(
        gantry_settings_v1(configuration: SettingsTable.configuration, secret: SettingsTable.secret))
    private static let identity = table(
        gantry_identity_v1(
            principal: IdentityTable.principal, mint: IdentityTable.mint, verify: IdentityTable.verify,
            revoke: IdentityTable.revoke, revoke_subject: IdentityTable.revokeSubject))
    private static let directory = table(DirectoryTable.table)
    private static let mail = table(gantry_mail_v1(send: MailTable.send))
    private static let transfers = table(TransfersTable.table)
    private static let metrics = table(
        gantry_metrics_v1(add: MetricsTable.add, set: MetricsTable.set, record: MetricsTable.record))
    private static let trace = table(
        gantry_trace_v1(
            begin: TraceTable.begin, attribute: TraceTable.attribute, end: TraceTable.end, header: TraceTable.header))
    private static let services = table(gantry_services_v1(find: ServicesTable.find, call: ServicesTable.call))
    private static let call = table(gantry_call_table_v1(is_cancelled: SystemTables.isCancelled))

    /// The table for the id; the status says why there is none. Without an instance only tables that need no capability
    /// are known.
    static func find(id: String, revision: UInt32, instance: ModuleInstance?) -> (ModuleStatus, UnsafeRawPointer?) {
        guard revision == 1 else { return (.unsupported, nil) }
        let ports = instance?.ports
        func asked<Layout>(
            _ isAsked: Bool, _ capability: Manifest.Capability, _ table: ConstantMemory<Layout>
        ) -> (ModuleStatus, UnsafeRawPointer?) {
            // Kits ask for all tables to find out what there is; what their manifest leaves out is no attempt.
            guard isAsked, let instance else { return (.denied, nil) }
            guard instance.isGranted(capability) else {
                return (instance.deny(capability, "gantry_host_v1.query"), nil)
            }
            return (.ok, UnsafeRawPointer(table.start))
        }
        switch id {
        case GANTRY_RESPONSE_ID: return (.ok, UnsafeRawPointer(response.start))
        case GANTRY_LOG_ID: return (.ok, UnsafeRawPointer(log.start))
        case GANTRY_CLOCK_ID: return (.ok, UnsafeRawPointer(clock.start))
        case GANTRY_CALL_ID: return (.ok, UnsafeRawPointer(call.start))
        case GANTRY_STREAM_ID: return (.ok, UnsafeRawPointer(stream.start))
        case GANTRY_WEBSOCKET_ID: return (.ok, UnsafeRawPointer(websocket.start))
        case GANTRY_EXECUTOR_ID: return (.ok, UnsafeRawPointer(executor.start))
        case GANTRY_DATABASE_ID: return asked(ports?.database != nil, .database, database)
        case GANTRY_EVENTS_ID: return asked(ports?.publishesEvents == true, .events, events)
        case GANTRY_JOBS_ID: return asked(ports?.queuesJobs == true, .jobs, jobs)
        case GANTRY_SETTINGS_ID: return (.ok, UnsafeRawPointer(settings.start))
        case GANTRY_IDENTITY_ID: return (.ok, UnsafeRawPointer(identity.start))
        case GANTRY_METRICS_ID: return (.ok, UnsafeRawPointer(metrics.start))
        case GANTRY_TRACE_ID: return (.ok, UnsafeRawPointer(trace.start))
        case GANTRY_HTTP_CLIENT_ID: return asked(ports?.services.outbound != nil, .httpClient, httpClient)
        case GANTRY_BLOBS_ID: return asked(ports?.services.blobs != nil, .blobs, blobs)
        case GANTRY_MAIL_ID: return asked(ports?.services.mail != nil, .mail, mail)
        case GANTRY_TRANSFERS_ID: return asked(ports?.services.transfers != nil, .blobs, transfers)
        case GANTRY_WEBHOOKS_ID: return asked(ports?.services.webhooks != nil, .webhooks, webhooks)
        case GANTRY_CACHE_ID: return asked(ports?.services.cache != nil, .cache, cache)
        case GANTRY_SERVICES_ID: return asked(ports?.services.exchange != nil, .services, services)
        case GANTRY_DIRECTORY_ID: return asked(ports?.services.directory != nil, .directory, directory)
        default: return (.unsupported, nil)
        }
    }

    private static func table<Layout: BitwiseCopyable>(_ layout: Layout) -> ConstantMemory<Layout> {
        ConstantMemory(CollectionOfOne(layout))
    }
}

extension HostTables {
    /// What a module gets at its entry: no instance yet, so no capability.
    static let entryHost = ConstantMemory(CollectionOfOne(gantry_host_v1(scope: 0, query: query)))

    /// `gantry_host_v1.query`: the scope is an instance's handle, or 0 at the entry.
    static let query:
        @convention(c) (UInt64, gantry_str_v1, UInt32, UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int32 = {
            scope, id, revision, out in
            guard let out, let id = id.text else { return ModuleStatus.invalid.rawValue }
            out.pointee = nil
            var instance: ModuleInstance?
            if scope != 0 {
                instance = ModuleInstance.table.resolve(scope)
                if instance == nil { return ModuleStatus.stale.rawValue }
            }
            let (status, table) = find(id: id, revision: revision, instance: instance)
            out.pointee = table
            return status.rawValue
        }
}
