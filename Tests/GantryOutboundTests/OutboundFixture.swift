import GantryCore
import GantryThreads
import Testing

@testable import GantryOutbound

/// A server, a client, and a scope that may reach the server.
struct OutboundFixture {
    let server: LocalServer
    let client = OutboundClient()
    let policy: OutboundPolicy
    let scope: OutboundScope

    var origin: String { "http://127.0.0.1:\(server.port)" }

    init(
        hosts: [String] = ["127.0.0.1:*"], allowed: [String] = ["127.0.0.1"], resolving name: String? = nil,
        handler: @escaping LocalServer.Handler
    ) throws {
        server = LocalServer(handler)
        let ranges = try allowed.map { try #require(AddressRange($0)) }
        var policy = OutboundPolicy(
            hosts: try hosts.map { try #require(HostPattern($0)) }, addresses: AddressGuard(allowing: ranges))
        if let name { policy.resolvedNames = ["\(name):\(server.port):127.0.0.1"] }
        self.policy = policy
        scope = client.scope(policy)
    }

    func stop() {
        client.stop()
        server.stop()
    }

    /// Sends and waits.
    func send(
        _ request: OutboundRequest, in scope: OutboundScope? = nil
    ) throws -> Result<(OutboundAnswer, String), OutboundError> {
        let arrival = Arrival<Result<(OutboundAnswer, String), OutboundError>>()
        (scope ?? self.scope).send(request) { result in
            arrival.give(result.map { ($0, String(decoding: $1, as: UTF8.self)) })
        }
        return try #require(arrival.wait())
    }

    /// The failure of a request that has to fail.
    func failure(of request: OutboundRequest, in scope: OutboundScope? = nil) throws -> OutboundError {
        switch try send(request, in: scope) {
        case .success(let (answer, body)):
            Issue.record("The request was answered: \(answer.status) \(body)")
            throw OutboundError(.invalid, "It did not fail.")
        case .failure(let error): return error
        }
    }
}

/// Remembers what it gets.
final class RecordingReceiver: OutboundReceiver {
    struct State {
        var status = 0
        var byteCount = 0
        var endings: [OutboundError?] = []
    }

    let monitor = Monitor(State())

    func received(_ answer: OutboundAnswer) { change { $0.status = answer.status } }
    func received(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        change { $0.byteCount += count }
    }
    func finished(_ failure: OutboundError?) { change { $0.endings.append(failure) } }

    var state: State { monitor.withLock { $0 } }

    func wait(until isTrue: (State) -> Bool) -> Bool {
        monitor.wait(until: .after(.seconds(20))) { isTrue($0) ? true : nil } ?? false
    }

    private func change(_ change: (inout State) -> Void) {
        monitor.withLock { change(&$0) }
        monitor.broadcast()
    }
}
