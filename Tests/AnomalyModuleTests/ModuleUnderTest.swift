import AnomalyModule
import CGantry
import GantryKit
import GantryThreads
import Glibc
import Testing

/// The anomaly module, driven through the interface the way a host drives it.
final class ModuleUnderTest: @unchecked Sendable {
    // Sendable because the interface is: everything here is constant after `init`.
    let host: SQLiteHost
    private let module: gantry_module_v1
    private let description: gantry_description_v1
    private let instance: UnsafeMutableRawPointer
    private let lifecycle: gantry_lifecycle_v1

    init() throws {
        host = try SQLiteHost(migrations: Self.migrations())
        var scope = host.scope
        var module = gantry_module_v1()
        try #require(AnomalyModule.export(&scope, &module) == 0)
        self.module = module
        lifecycle = try Self.table(module, GANTRY_LIFECYCLE_ID)
        var description: UnsafePointer<gantry_description_v1>?
        try #require(lifecycle.describe?(module.module, &description) == 0)
        self.description = try #require(description).pointee
        var call = Self.call(host)
        var instance: UnsafeMutableRawPointer?
        var error = gantry_error_v1()
        let configuration = gantry_str_v1(data: nil, size: 0)
        try #require(lifecycle.create?(module.module, &call, &scope, configuration, &instance, &error) == 0)
        self.instance = try #require(instance)
    }

    deinit {
        _ = lifecycle.destroy?(instance)
    }

    /// The operations that the module says it handles.
    var operations: [String] {
        UnsafeBufferPointer(start: description.operations, count: Int(description.operation_count)).map(\.string)
    }

    /// Checks and handles a request the way the host does; findings of the check are the answer.
    func send(
        _ operation: String, path: [String] = [], query: [(String, String)] = [], _ body: String? = nil
    ) throws -> SQLiteHost.Answer {
        let http: gantry_http_v1 = try Self.table(module, GANTRY_HTTP_ID)
        let findings = try checkOnly(operation, path: path, query: query, body)
        guard findings.isEmpty else { return SQLiteHost.Answer(status: 422, findings: findings) }
        let memory = Memory()
        var request = try self.request(operation, path, query, body, memory)
        var call = Self.call(host)
        host.set { $0.answer = nil }
        let status = http.handle?(instance, &call, &request)
        guard status == 0 else { return SQLiteHost.Answer(status: 500) }
        return try #require(host.state.withLock { $0.answer })
    }

    /// Checks a request without handling it.
    func checkOnly(
        _ operation: String, path: [String] = [], query: [(String, String)] = [], _ body: String? = nil
    ) throws -> [Finding] {
        let http: gantry_http_v1 = try Self.table(module, GANTRY_HTTP_ID)
        let memory = Memory()
        var request = try self.request(operation, path, query, body, memory)
        var call = Self.call(host)
        var findings: [Finding] = []
        try withUnsafeMutablePointer(to: &findings) { findings in
            let status = http.check?(
                instance, &call, &request, nil, 0,
                { context, finding in
                    guard let finding else { return Status.invalid.rawValue }
                    context?.assumingMemoryBound(to: [Finding].self).pointee.append(Finding(copying: finding.pointee))
                    return 0
                }, findings, nil)
            try #require(status == 0)
        }
        return findings
    }

    /// Handles a request and discards the answer, from any thread.
    func handle(_ operation: String, path: [String], _ body: String) throws -> Int32 {
        let http: gantry_http_v1 = try Self.table(module, GANTRY_HTTP_ID)
        let memory = Memory()
        var request = try self.request(operation, path, [], body, memory)
        var call = Self.call(host)
        return http.handle?(instance, &call, &request) ?? Status.unsupported.rawValue
    }

    /// The JSON of an answer with status 200.
    func json(
        _ operation: String, path: [String] = [], query: [(String, String)] = [], _ body: String? = nil,
        location: SourceLocation = #_sourceLocation
    ) throws -> JSONDocument {
        let answer = try send(operation, path: path, query: query, body)
        try #require(answer.status == 200, "\(answer)", sourceLocation: location)
        return try JSONDocument(answer.body)
    }

    /// Runs the jobs that are queued; the status of the last.
    @discardableResult
    func runJobs(attempt: UInt32 = 1) throws -> Status {
        let runner: gantry_runner_v1 = try Self.table(module, GANTRY_RUNNER_ID)
        let queued = host.state.withLock { $0.jobs }
        var last = Status.ok
        for job in queued {
            let memory = Memory()
            var call = Self.call(host)
            var error = gantry_error_v1()
            var raw = gantry_job_v1(
                job: 0, attempt: attempt, id: memory.text("j"), payload: try memory.document(job.payload))
            last = Status(rawValue: runner.run?(instance, &call, &raw, &error) ?? Status.unsupported.rawValue)
        }
        return last
    }

    private func request(
        _ operation: String, _ path: [String], _ query: [(String, String)], _ body: String?, _ memory: Memory
    ) throws -> gantry_request_v1 {
        var request = gantry_request_v1()
        request.operation = UInt32(try #require(operations.firstIndex(of: operation)))
        request.path_parameters = UnsafePointer(memory.array(path.map { memory.text($0) }))
        request.path_parameter_count = UInt32(path.count)
        request.query = UnsafePointer(
            memory.array(query.map { gantry_field_v1(name: memory.text($0.0), value: memory.text($0.1)) }))
        request.query_count = UInt32(query.count)
        if let body { request.document = UnsafePointer(memory.array([try memory.document(body)])) }
        return request
    }

    private static func call(_ host: SQLiteHost) -> gantry_call_v1 {
        var call = gantry_call_v1()
        call.call = 1
        call.instance = host.id
        return call
    }

    private static func table<Table>(_ module: gantry_module_v1, _ id: String) throws -> Table {
        var found: UnsafeRawPointer?
        let memory = Memory()
        try #require(module.query?(module.module, memory.text(id), 1, &found) == 0)
        return try #require(found).load(as: Table.self)
    }

    /// The module's own migrations, in order.
    private static func migrations() throws -> [String] {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return try ["0001_sessions.sql", "0002_batches.sql"].map { name in
            try read("/\(source)/manifests/anomaly/migrations/\(name)")
        }
    }

    private static func read(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"), "no file \(path)")
        defer { fclose(file) }
        var text: [UInt8] = []
        var byte = fgetc(file)
        while byte != EOF {
            text.append(UInt8(byte))
            byte = fgetc(file)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Memory that a test lends to the module; freed with it.
final class Memory {
    private var allocations: [UnsafeMutableRawPointer] = []

    deinit {
        for allocation in allocations { allocation.deallocate() }
    }

    func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element>? {
        guard !elements.isEmpty else { return nil }
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
        memory.initialize(from: elements, count: elements.count)
        allocations.append(UnsafeMutableRawPointer(memory))
        return memory
    }

    func text(_ string: String) -> gantry_str_v1 {
        gantry_str_v1(data: array(Array(string.utf8)), size: UInt64(string.utf8.count))
    }

    func document(_ json: String) throws -> gantry_document_v1 {
        let bytes = text(json)
        var nodes: [JSONNode] = []
        try JSONScanner.scan(UnsafeRawBufferPointer(start: bytes.data, count: Int(bytes.size)), into: &nodes)
        let tape = array(nodes).map { UnsafeRawPointer($0).assumingMemoryBound(to: gantry_node_v1.self) }
        return gantry_document_v1(bytes: bytes, nodes: tape, node_count: UInt64(nodes.count))
    }
}
