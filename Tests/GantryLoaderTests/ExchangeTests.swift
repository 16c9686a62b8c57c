import GantryCore
import GantryLoader
import GantryThreads
import Testing

@Suite("Requests that nobody waits for", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct ExchangeTests {
    @Test("Each is told its end exactly once, also those that the instance leaves behind when it stops")
    func ends() throws {
        let outbound = SlowOutbound()
        var services = ServicePorts()
        services.outbound = outbound
        let harness = try Harness("LeavesExchanges", services: services)
        let sink = harness.call()
        for name in ["submitted", "begun", "streamed"] {
            #expect(harness.log.status(name) == .pending, "\(name)")
        }
        #expect(harness.log.status("cancel") == .ok)
        #expect(outbound.waitForPieces())
        // Calls and exchanges do not end by themselves; the stop ends them, and waits for what that calls.
        try harness.instance.stop(deadlineNanoseconds: Deadline.after(.milliseconds(20)).monotonicNanoseconds)
        #expect(sink.answers.count == 1)
        #expect(outbound.granted == 0, "Nothing was taken of the stream.")
        #expect(outbound.endings == 3)
        #expect(outbound.openCount == 0)
    }

    @Test("Those that are under way are broken off when the right to them is taken away, and the module is told why")
    func denied() throws {
        let outbound = SlowOutbound()
        var services = ServicePorts()
        services.outbound = outbound
        let harness = try Harness("LeavesExchanges", services: services)
        harness.call()
        #expect(outbound.waitForPieces())
        harness.instance.replaceRights(InstanceRights([.database]))
        #expect(outbound.waitForEndings(3))
        harness.call()
        for name in ["submitted", "begun", "streamed"] {
            #expect(harness.log.status(name) == .denied, "\(name)")
        }
        // The end is told on the host's threads; the stop waits for that.
        try harness.instance.stop(deadlineNanoseconds: Deadline.after(.milliseconds(20)).monotonicNanoseconds)
        #expect(harness.log.status("left") == .denied)
        #expect(harness.log.status("stream") == .denied)
        #expect(harness.log.status("cancelled") == .cancelled)
        #expect(outbound.openCount == 0)
    }
}

/// Gives a piece of a body, and ends only when it is cancelled.
private final class SlowOutbound: OutboundPort {
    struct State {
        var granted = 0
        var endings = 0
        var open = 0
        var pieces = 0
    }

    func withhold(_: [HostPattern]) {}

    private final class Exchange: OutboundExchange {
        /// Empty once the exchange is over.
        private let sink: Lock<(any OutboundSink)?>
        private let port: SlowOutbound

        init(sink: any OutboundSink, port: SlowOutbound) {
            self.sink = Lock(sink)
            self.port = port
        }

        func cancel() {
            guard let sink = sink.withLock({ $0.take() }) else { return }
            port.state.withLock { state in
                state.endings += 1
                state.open -= 1
            }
            port.state.broadcast()
            sink.finished(PortOutcome(.cancelled))
        }

        func grant(_ byteCount: Int) { port.state.withLock { $0.granted += byteCount } }
    }

    private let state = Monitor(State())

    var granted: Int { state.withLock { $0.granted } }
    var endings: Int { state.withLock { $0.endings } }
    var openCount: Int { state.withLock { $0.open } }

    func waitForPieces() -> Bool {
        state.wait(until: .after(.seconds(10))) { $0.pieces > 0 ? true : nil } ?? false
    }

    func waitForEndings(_ count: Int) -> Bool {
        state.wait(until: .after(.seconds(10))) { $0.endings >= count ? true : nil } ?? false
    }

    func begin(
        _ request: OutboundPortRequest, credit: Int, sink: any OutboundSink
    ) throws(PortOutcome) -> any OutboundExchange {
        state.withLock { $0.open += 1 }
        if request.url.contains("pieces") {
            sink.received(OutboundPortAnswer(status: 200, url: request.url, headers: []))
            [UInt8](repeating: 1, count: 100).withUnsafeBytes { sink.received($0) }
            state.withLock { $0.pieces += 1 }
            state.broadcast()
        }
        return Exchange(sink: sink, port: self)
    }
}
