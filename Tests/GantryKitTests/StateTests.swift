import CGantry
import GantryKit
import GantryKitTesting
import Synchronization
import Testing

/// Counts its requests in memory.
final class Counter: Module {
    static let manifest = Identity("counter", version: "1.0.0")
    static let handlers: [Handler<Counter>] = [
        .operation("count") { module, _ in
            .json(["count": module.count.add(1, ordering: .relaxed).newValue])
        }
    ]

    let count = Atomic<Int>(0)

    init(_ context: ModuleContext) throws {}
}

extension Counter: StatefulModule {
    func exportState(_ context: borrowing CallContext) throws -> ModuleState? {
        ModuleState(version: 1, bytes: Array("\(count.load(ordering: .relaxed))".utf8))
    }

    func importState(_ state: ModuleState, _ context: borrowing CallContext) throws -> Bool {
        guard state.version == 1, let former = Int(String(decoding: state.bytes, as: UTF8.self)) else { return false }
        count.store(former, ordering: .relaxed)
        return true
    }
}

@Suite("What a generation hands over")
struct StateTests {
    @Test("the next one goes on where the last one ended")
    func handover() throws {
        let former = try TestHost(Counter.self)
        for _ in 0..<3 { #expect(try former.call("count").status == 200) }
        let state = try former.exportState()
        #expect(state == ModuleState(version: 1, bytes: Array("3".utf8)))
        try former.stop()
        let next = try TestHost(Counter.self)
        #expect(try next.importState(#require(state)))
        #expect(try next.call("count").text == #"{"count":4}"#)
        try next.stop()
    }

    @Test("a version that is not known is told apart from a failure")
    func unknown() throws {
        let host = try TestHost(Counter.self)
        #expect(try !host.importState(ModuleState(version: 2, bytes: [])))
        try host.stop()
    }

    @Test("a module that is not stateful has nothing to hand over")
    func stateless() throws {
        let host = try TestHost(Greeter.self)
        #expect(try host.exportState() == nil)
        #expect(try !host.importState(ModuleState(version: 1, bytes: [])))
        try host.stop()
    }
}
