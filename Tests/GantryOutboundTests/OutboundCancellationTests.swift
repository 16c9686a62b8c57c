import GantryThreads
import Testing

@testable import GantryOutbound

@Suite("The end of requests to other servers")
struct OutboundCancellationTests {
    private func silentFixture() throws -> OutboundFixture {
        try OutboundFixture { _, _, connection in connection.waitForEnd() }
    }

    @Test("A cancelled request ends once, and its connection with it")
    func cancel() throws {
        let fixture = try silentFixture()
        defer { fixture.stop() }
        let receiver = RecordingReceiver()
        let task = try fixture.scope.begin(OutboundRequest(url: fixture.origin), credit: 1, receiver: receiver)
        task.cancel()
        task.cancel()
        #expect(receiver.wait { !$0.endings.isEmpty })
        task.cancel()
        task.grant(1)
        // A further request goes through the same thread, so the second `cancel` was seen as well.
        _ = try fixture.failure(of: OutboundRequest(url: fixture.origin, timeoutMilliseconds: 20))
        #expect(receiver.state.endings.map { $0?.code } == [.cancelled])
        #expect(fixture.scope.requestsUnderWay == 0)
    }

    @Test("Closing a scope cancels its requests and refuses further ones; other scopes go on")
    func close() throws {
        let fixture = try OutboundFixture { head, _, connection in
            if head.hasPrefix("GET /wait") { return connection.waitForEnd() }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        defer { fixture.stop() }
        let receiver = RecordingReceiver()
        _ = try fixture.scope.begin(OutboundRequest(url: fixture.origin + "/wait"), credit: 1, receiver: receiver)
        fixture.scope.close()
        #expect(receiver.wait { $0.endings.map { $0?.code } == [.cancelled] })
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin)).code == .cancelled)
        let other = fixture.client.scope(fixture.policy)
        #expect(try fixture.send(OutboundRequest(url: fixture.origin), in: other).get().1 == "ok")
    }

    @Test("Stopping the client ends everything, and what comes later too")
    func stop() throws {
        let fixture = try silentFixture()
        let receiver = RecordingReceiver()
        _ = try fixture.scope.begin(OutboundRequest(url: fixture.origin), credit: 1, receiver: receiver)
        fixture.client.stop()
        #expect(receiver.state.endings.map { $0?.code } == [.cancelled])
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin)).code == .cancelled)
        fixture.server.stop()
    }

    @Test("No more requests than allowed are under way at a time")
    func busy() throws {
        let fixture = try silentFixture()
        defer { fixture.stop() }
        var policy = fixture.policy
        policy.maximumConcurrentRequests = 2
        let scope = fixture.client.scope(policy)
        let receivers = [RecordingReceiver(), RecordingReceiver()]
        for receiver in receivers {
            _ = try scope.begin(OutboundRequest(url: fixture.origin), credit: 1, receiver: receiver)
        }
        #expect(try fixture.failure(of: OutboundRequest(url: fixture.origin), in: scope).code == .busy)
        scope.close()
        for receiver in receivers { #expect(receiver.wait { $0.endings.count == 1 }) }
    }
}
