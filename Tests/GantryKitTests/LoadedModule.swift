import CGantry
import GantryKit
import Testing

/// A module type driven the way a host drives it: export, query, describe, create, start, calls, stop, destroy.
///
/// `@unchecked Sendable`: nothing changes after the initializer, and each call lends memory of its own.
final class LoadedModule: @unchecked Sendable {
    /// What a request carries; everything may be left out.
    struct Incoming {
        var parameters: [String] = []
        var query: [(String, String)] = []
        var headers: [(String, String)] = []
        var body: String?
        var bytes: String?
        var principal: (kind: gantry_principal_kind_v1, subject: String, role: String)?
        var deadline: Int64 = 0
    }

    let host: FakeHost
    let module: gantry_module_v1
    let description: gantry_description_v1
    private let lifecycle: gantry_lifecycle_v1
    private let memory = Memory()
    private let instance: UnsafeMutableRawPointer

    init<Type: Module>(_ type: Type.Type, host: FakeHost = FakeHost(), configuration: String = "{}") throws {
        self.host = host
        var scope = host.scope
        var module = gantry_module_v1()
        try #require(Type.export(&scope, &module) == 0)
        self.module = module
        lifecycle = try #require(Self.table(module, GANTRY_LIFECYCLE_ID, as: gantry_lifecycle_v1.self))
        var description: UnsafePointer<gantry_description_v1>?
        try #require(lifecycle.describe?(module.module, &description) == 0)
        self.description = try #require(description).pointee

        var call = Self.call(host, memory)
        var instance: UnsafeMutableRawPointer?
        var record = ErrorRecord(memory)
        let status =
            lifecycle.create?(
                module.module, &call, memory.array([scope]), memory.text(configuration), &instance, &record.raw)
            ?? Status.unsupported.rawValue
        guard status == 0, let instance else {
            throw HostError(Status(rawValue: status), code: Int(record.raw.code), message: record.message)
        }
        self.instance = instance
        try perform(lifecycle.start)
    }

    deinit {
        _ = lifecycle.destroy?(instance)
    }

    static func table<Table>(_ module: gantry_module_v1, _ id: String, as type: Table.Type) -> Table? {
        var found: UnsafeRawPointer?
        let memory = Memory()
        let status = module.query?(module.module, memory.text(id), 1, &found)
        return status == 0 ? found?.load(as: type) : nil
    }

    func stop() throws {
        try perform(lifecycle.quiesce)
        try perform(lifecycle.stop)
    }

    func handle(_ operation: String, _ incoming: Incoming = Incoming()) throws -> Status {
        let handle = try #require(Self.table(module, GANTRY_HTTP_ID, as: gantry_http_v1.self)?.handle)
        let memory = Memory()
        var call = Self.call(host, memory, deadline: incoming.deadline)
        var request = try request(operation, incoming, memory)
        return Status(rawValue: handle(instance, &call, &request))
    }

    func check(_ operation: String, _ incoming: Incoming, known: [Finding] = []) throws -> ([Finding], Status) {
        let check = try #require(Self.table(module, GANTRY_HTTP_ID, as: gantry_http_v1.self)?.check)
        let memory = Memory()
        var call = Self.call(host, memory)
        var request = try request(operation, incoming, memory)
        let raw = known.map { finding in
            gantry_finding_v1(
                location: finding.location.rawValue, reserved: 0, path: memory.text(finding.path),
                code: memory.text(finding.code), message: memory.text(finding.message))
        }
        var findings: [Finding] = []
        let status = withUnsafeMutablePointer(to: &findings) { findings in
            check(
                instance, &call, &request, memory.array(raw), UInt64(raw.count),
                { context, finding in
                    guard let finding else { return Status.invalid.rawValue }
                    context?.assumingMemoryBound(to: [Finding].self).pointee.append(Finding(copying: finding.pointee))
                    return Status.ok.rawValue
                }, findings, nil)
        }
        return (findings, Status(rawValue: status))
    }

    func deliver(_ data: String, id: String, subscription: UInt32 = 0) throws -> (Status, message: String) {
        let deliver = try #require(
            Self.table(module, GANTRY_SUBSCRIBER_ID, as: gantry_subscriber_v1.self)?.deliver)
        let memory = Memory()
        var call = Self.call(host, memory)
        var event = gantry_event_v1(
            subscription: subscription, attempt: 2, id: memory.text(id), source: memory.text("guestbook"),
            type: memory.text("guestbook.entry.signed"), key: memory.text("Ada"), time_milliseconds: 7,
            data: try memory.document(data))
        var record = ErrorRecord(memory)
        let status = deliver(instance, &call, &event, &record.raw)
        return (Status(rawValue: status), record.message)
    }

    func run(_ payload: String, job: UInt32 = 0) throws -> (Status, message: String) {
        let run = try #require(Self.table(module, GANTRY_RUNNER_ID, as: gantry_runner_v1.self)?.run)
        let memory = Memory()
        var call = Self.call(host, memory)
        var job = gantry_job_v1(
            job: job, attempt: 1, id: memory.text("j-1"), payload: try memory.document(payload))
        var record = ErrorRecord(memory)
        let status = run(instance, &call, &job, &record.raw)
        return (Status(rawValue: status), record.message)
    }

    private typealias Step =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<gantry_call_v1>?, UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32

    private func perform(_ step: Step?) throws {
        let step = try #require(step)
        var call = Self.call(host, memory)
        var record = ErrorRecord(memory)
        let status = step(instance, &call, &record.raw)
        guard status == 0 else { throw HostError(Status(rawValue: status), message: record.message) }
    }

    private func request(_ operation: String, _ incoming: Incoming, _ memory: Memory) throws -> gantry_request_v1 {
        let names = UnsafeBufferPointer(start: description.operations, count: Int(description.operation_count))
        var request = gantry_request_v1()
        request.operation = UInt32(names.firstIndex { $0.text == operation } ?? 999)
        request.method = memory.text("POST")
        request.path = memory.text("/v1/\(operation)")
        request.request_id = memory.text("r-1")
        request.path_parameters = UnsafePointer(memory.array(incoming.parameters.map { memory.text($0) }))
        request.path_parameter_count = UInt32(incoming.parameters.count)
        request.query = UnsafePointer(memory.fields(incoming.query))
        request.query_count = UInt32(incoming.query.count)
        request.headers = UnsafePointer(memory.fields(incoming.headers))
        request.header_count = UInt32(incoming.headers.count)
        request.body = memory.text(incoming.body ?? incoming.bytes ?? "")
        if let body = incoming.body {
            request.document = UnsafePointer(memory.array([try memory.document(body)]))
        }
        let principal = incoming.principal ?? (GANTRY_PRINCIPAL_NONE, "", "")
        request.principal = UnsafePointer(
            memory.array([
                gantry_principal_v1(
                    kind: principal.kind.rawValue, reserved: 0, subject: memory.text(principal.subject),
                    role: memory.text(principal.role),
                    token: gantry_str_v1(), claims: gantry_str_v1())
            ]))
        return request
    }

    private static func call(_ host: FakeHost, _ memory: Memory, deadline: Int64 = 0) -> gantry_call_v1 {
        var call = gantry_call_v1()
        call.call = 1
        call.instance = host.id
        call.tenant = memory.text("acme")
        call.deadline_nanoseconds = deadline
        return call
    }
}

/// An error record with room for a message.
struct ErrorRecord {
    var raw = gantry_error_v1()

    init(_ memory: Memory) {
        raw.message_capacity = 200
        raw.message = memory.array([UInt8](repeating: 0, count: 200))
    }

    var message: String {
        String(decoding: UnsafeBufferPointer(start: raw.message, count: Int(raw.message_size)), as: UTF8.self)
    }
}
