import CGantry
import GantryKit
import Testing

@Suite("The life of a module")
struct ModuleLifeTests {
    @Test("describe lists what the module handles, in order")
    func description() throws {
        let module = try LoadedModule(SampleModule.self)
        let description = module.description
        let operations = UnsafeBufferPointer(start: description.operations, count: Int(description.operation_count))
        let subscriptions = UnsafeBufferPointer(
            start: description.subscriptions, count: Int(description.subscription_count))
        let jobs = UnsafeBufferPointer(start: description.jobs, count: Int(description.job_count))
        #expect(description.id.text == "sample")
        #expect(description.version.text == "1.2.3")
        #expect(operations.prefix(2).map(\.text) == ["hello", "describe"])
        #expect(subscriptions.map(\.text) == ["onSigned", "onOther"])
        #expect(jobs.map(\.text) == ["batch", "verbose"])
    }

    @Test("An instance is created, started, quiesced and stopped with the host's services")
    func life() throws {
        let module = try LoadedModule(SampleModule.self)
        try module.stop()
        #expect(module.host.logs == ["1 created tenant=acme", "1 started", "1 quiesced", "1 stopped"])
    }

    @Test("The configuration reaches the instance")
    func configuration() throws {
        let module = try LoadedModule(SampleModule.self, configuration: #"{"greeting": "Servus"}"#)
        #expect(try module.handle("hello", .init(parameters: ["Ada"])) == .ok)
        #expect(module.host.answer?.body == #"{"message":"Servus, Ada!"}"#)
    }

    @Test("What init throws becomes a status and a message")
    func failingInit() {
        let error = #expect(throws: HostError.self) {
            try LoadedModule(SampleModule.self, configuration: #"{"refuse": true}"#)
        }
        #expect(error?.status == .failed)
        #expect(error?.message == "Broken()")
    }

    @Test("Without a table that every module needs, nothing is created")
    func missingTable() {
        let host = FakeHost()
        host.set { _ = $0.denied.insert(GANTRY_RESPONSE_ID) }
        let error = #expect(throws: HostError.self) { try LoadedModule(SampleModule.self, host: host) }
        #expect(error?.status == .denied)
    }

    struct Bare: Module {
        static let manifest = Identity("bare", version: "1.0.0")
        static let handlers: [Handler<Self>] = []
        init(_ context: ModuleContext) throws {}
    }

    @Test("Only tables with something behind them are offered, at revision 1")
    func query() throws {
        let module = try LoadedModule(Bare.self).module
        #expect(LoadedModule.table(module, GANTRY_HTTP_ID, as: gantry_http_v1.self) == nil)
        #expect(LoadedModule.table(module, GANTRY_SUBSCRIBER_ID, as: gantry_subscriber_v1.self) == nil)
        #expect(LoadedModule.table(module, GANTRY_RUNNER_ID, as: gantry_runner_v1.self) == nil)
        let memory = Memory()
        var found: UnsafeRawPointer?
        let status = module.query?(module.module, memory.text(GANTRY_LIFECYCLE_ID), 2, &found)
        #expect(status == Status.unsupported.rawValue)
        #expect(found == nil)
    }

    @Test("The entry refuses null pointers")
    func nullPointers() {
        var host = FakeHost().scope
        #expect(Bare.export(&host, nil) == Status.invalid.rawValue)
        #expect(Bare.export(nil, nil) == Status.invalid.rawValue)
    }

    @Test("The README's ten lines are a module")
    func greeter() throws {
        let module = try LoadedModule(Greeter.self)
        #expect(try module.handle("greet", .init(parameters: ["stranger"])) == .ok)
        #expect(module.host.answer?.body == #"{"message":"Hello, stranger!"}"#)
    }
}
