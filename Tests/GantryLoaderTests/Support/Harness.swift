import GantryCore
import GantryJSON
import GantryLoader
import TestCommands

/// A loaded fixture with one instance, and everything that it can reach.
final class Harness {
    let log: FakeLog
    let database = FakeDatabase()
    let module: LoadedModule
    let instance: ModuleInstance
    private let folder: TemporaryFolder

    /// Loads, creates and starts the fixture.
    /// - Parameters:
    ///   - granted: The capabilities that its tenant gets.
    convenience init(
        _ fault: String, tenant: String = "north", granted: Set<Manifest.Capability> = [.database, .events, .jobs],
        configuration: String = "{}", services: ServicePorts = ServicePorts(), denials: (any DenialPort)? = nil
    ) throws {
        try self.init(
            Fixture(fault), tenant: tenant, granted: granted, configuration: configuration, services: services,
            denials: denials)
    }

    /// The same with a fixture that was built before.
    init(
        _ fixture: Fixture, tenant: String = "north", granted: Set<Manifest.Capability> = [.database, .events, .jobs],
        configuration: String = "{}", services: ServicePorts = ServicePorts(), denials: (any DenialPort)? = nil
    ) throws {
        folder = TemporaryFolder()
        log = FakeLog()
        module = try ModuleLoader(folder: "\(folder.path)/loaded").load(fixture.bundle)
        instance = try Self.instance(
            of: module, tenant: tenant, granted: granted, configuration: configuration, log: log, database: database,
            services: services, denials: denials)
    }

    /// A started instance of the same build for another tenant, with the same log.
    func another(
        tenant: String, granted: Set<Manifest.Capability> = [.database], log other: FakeLog? = nil,
        services: ServicePorts = ServicePorts()
    ) throws -> ModuleInstance {
        try Self.instance(
            of: module, tenant: tenant, granted: granted, configuration: "{}", log: other ?? log, database: database,
            services: services)
    }

    private static func instance(
        of module: LoadedModule, tenant: String, granted: Set<Manifest.Capability>, configuration: String, log: FakeLog,
        database: FakeDatabase, services: ServicePorts = ServicePorts(), denials: (any DenialPort)? = nil
    ) throws -> ModuleInstance {
        var ports = InstancePorts(
            database: granted.contains(.database) ? database : nil, publishesEvents: granted.contains(.events),
            queuesJobs: granted.contains(.jobs), log: log, threads: .shared)
        ports.services = services
        ports.denials = denials
        let instance = try ModuleInstance(
            module: module, tenant: tenant, ports: ports, configuration: configuration, deadlineNanoseconds: 0)
        try instance.start(deadlineNanoseconds: 0)
        return instance
    }

    /// Sends a request to the first operation, or the one named.
    @discardableResult
    func call(
        _ operation: String = "run", on other: ModuleInstance? = nil, body: String = "", pathParameters: [String] = [],
        principal: Principal? = nil
    ) -> FakeSink {
        let sink = FakeSink()
        let target = other ?? instance
        let request = request(operation, pathParameters: pathParameters, principal: principal)
        Array(body.utf8).withUnsafeBytes { bytes in
            target.handle(
                request, body: bytes, nodes: UnsafeBufferPointer(start: nil, count: 0), deadlineNanoseconds: 0,
                trace: TraceContext(traceIDHigh: 1, traceIDLow: 2, spanID: 3), sink: sink)
        }
        return sink
    }

    /// The request for the operation.
    func request(
        _ operation: String = "run", pathParameters: [String] = [], principal: Principal? = nil
    ) -> ModuleRequest {
        var request = ModuleRequest(operation: instance.operationNumber(operation) ?? 0)
        request.path = request.append("/\(operation)")
        request.method = request.append("POST")
        request.pathParameters = pathParameters.map { request.append($0) }
        request.principal = principal
        return request
    }
}
