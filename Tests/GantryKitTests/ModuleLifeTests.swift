import CGantry
import GantryKit
import GantryKitTesting
import Testing

@Suite("The life of a module")
struct ModuleLifeTests {
    @Test("An instance is created, started, quiesced and stopped with the host's services")
    func life() throws {
        let host = try TestHost.sample()
        try host.stop()
        #expect(host.logs.map(\.message) == ["created", "started", "quiesced", "stopped"])
        #expect(host.logs.first?.fields == ["tenant": "acme"])
    }

    @Test("The configuration reaches the instance")
    func configuration() throws {
        let host = try TestHost(SampleModule.self, .init(configuration: #"{"greeting": "Servus"}"#))
        #expect(try host.call("hello", parameters: ["Ada"]).text == #"{"message":"Servus, Ada!"}"#)
    }

    @Test("What init throws becomes a status and a message")
    func failingInit() {
        let error = #expect(throws: HostError.self) {
            try TestHost(SampleModule.self, .init(configuration: #"{"refuse": true}"#))
        }
        #expect(error?.status == .failed)
        #expect(error?.message == "Broken()")
    }

    @Test("Without a table that every module needs, nothing is created")
    func missingTable() {
        let error = #expect(throws: HostError.self) {
            try TestHost(SampleModule.self, .init(denied: [GANTRY_RESPONSE_ID]))
        }
        #expect(error?.status == .denied)
    }

    struct Bare: Module {
        static let manifest = Identity("bare", version: "1.0.0")
        static let handlers: [Handler<Self>] = []
        init(_ context: ModuleContext) throws {}
    }

    /// The table of this id that `Bare` offers, and the status of asking for it.
    private func ask(_ id: String, revision: UInt32) throws -> (Status, UnsafeRawPointer?) {
        var host = gantry_host_v1(scope: 0, query: { _, _, _, _ in Status.unsupported.rawValue })
        var module = gantry_module_v1()
        try #require(Bare.export(&host, &module) == 0)
        var found: UnsafeRawPointer?
        var id = id
        let status = id.withUTF8 { text in
            module.query?(
                module.module, gantry_str_v1(data: text.baseAddress, size: UInt64(text.count)), revision, &found)
        }
        return (Status(rawValue: try #require(status)), found)
    }

    @Test("Only tables with something behind them are offered, at revision 1")
    func query() throws {
        for id in [GANTRY_HTTP_ID, GANTRY_SUBSCRIBER_ID, GANTRY_RUNNER_ID, "gantry.nonsense"] {
            #expect(try ask(id, revision: 1).0 == .unsupported)
        }
        #expect(try ask(GANTRY_LIFECYCLE_ID, revision: 1).1 != nil)
        let (status, table) = try ask(GANTRY_LIFECYCLE_ID, revision: 2)
        #expect(status == .unsupported)
        #expect(table == nil)
    }

    @Test("The entry refuses null pointers")
    func nullPointers() {
        var host = gantry_host_v1(scope: 0, query: { _, _, _, _ in Status.unsupported.rawValue })
        #expect(Bare.export(&host, nil) == Status.invalid.rawValue)
        #expect(Bare.export(nil, nil) == Status.invalid.rawValue)
    }

    @Test("The README's ten lines are a module")
    func greeter() throws {
        let host = try TestHost(Greeter.self)
        #expect(try host.call("greet", parameters: ["stranger"]).text == #"{"message":"Hello, stranger!"}"#)
    }
}
