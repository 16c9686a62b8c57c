import GantryKit
import GantryKitTesting
import Relay
import Testing

@Suite("Services by their Swift types")
struct ServicesTests {
    private func host() throws -> TestHost {
        let host = try TestHost(RelayModule.self)
        host.provide(RelayModule.count) { name in name.utf8.count }
        return host
    }

    @Test("a service of another module is called like a function, also from where one awaits")
    func imports() throws {
        let host = try host()
        #expect(try host.call("count", parameters: ["Grace"]).text == #"{"entries":5}"#)
        #expect(try host.call("countLater", parameters: ["Ada"]).text == #"{"entries":3}"#)
    }

    @Test("a module that is not there is a status of its own")
    func absent() throws {
        let host = try host()
        let reply = try host.call("absent")
        #expect(reply.status == 503)
        host.provide(RelayModule.absent) { _ in true }
        #expect(try host.call("absent").text == #"{"knows":true}"#)
        host.withdraw(RelayModule.absent)
        #expect(try host.call("absent").status == 503)
    }

    @Test("every type goes out and comes back")
    func exports() throws {
        let host = try host()
        #expect(try host.call(RelayModule.describe, "Zoë", -7, 2.5, true) == "acme: Zoë -7 2.5 true")
        #expect(try host.call(RelayModule.reverse, [1, 2, 3]) == [3, 2, 1])
        #expect(try host.call(RelayModule.reverse, []) == [])
        try host.call(RelayModule.remember, "Ada")
        #expect(host.logs.contains { $0.message == "Remembered" && $0.fields == ["name": "Ada"] })
        #expect(try host.call(RelayModule.ask, "Linus") == 5)
    }

    @Test("what a service throws is its caller's failure")
    func failures() throws {
        let host = try host()
        #expect { try host.call(RelayModule.remember, "") } throws: { error in
            (error as? HostError)?.status == .conflict && (error as? HostError)?.message.contains("name") == true
        }
        host.provide(RelayModule.count) { _ in throw HostError(.cancelled, message: "Too late.") }
        #expect { try host.call(RelayModule.ask, "x") } throws: { ($0 as? HostError)?.status == .cancelled }
    }

    @Test("a service that awaits answers as others do, and fails as others do")
    func awaiting() throws {
        let host = try host()
        #expect(try host.call(RelayModule.askLater, "Linus") == 5)
        host.provide(RelayModule.count) { _ in throw HostError(.conflict, message: "Too many.") }
        #expect { try host.call(RelayModule.askLater, "x") } throws: { ($0 as? HostError)?.status == .conflict }
    }

    @Test("what is not exported is not served")
    func unknown() throws {
        let other = Service<Int, String>("relay.other(string) -> i64")
        #expect { try host().call(other, "x") } throws: { ($0 as? HostError)?.status == .unsupported }
    }
}
