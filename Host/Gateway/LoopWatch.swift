import GantryCore
import GantryTelemetry
import GantryThreads
import Glibc
import Synchronization

/// Notices operations that keep an event loop although they said that they would not: an `inline` handler, or the
/// beginning of an `async` one, that does not return. While it does not, nobody on that loop is served; new connections
/// go to other loops. From then on the operation begins on threads that may wait, so that it holds no further loop.
final class LoopWatch: Sendable {
    /// Where a loop leaves word of what it is about to call. Written on that loop only.
    final class Seat: Sendable {
        /// Odd while a call is under way.
        fileprivate let turn = Atomic<UInt64>(0)
        /// The call, owned by whoever takes it out; 0 for none.
        private let call = Atomic<UInt>(0)

        /// The loop is about to call a module.
        func enter(_ context: RequestContext) {
            let bits = UInt(bitPattern: Unmanaged.passRetained(context).toOpaque())
            call.store(bits, ordering: .releasing)
            turn.add(1, ordering: .releasing)
        }

        /// The module has returned.
        func leave() {
            turn.add(1, ordering: .releasing)
            _ = take()
        }

        fileprivate func take() -> RequestContext? {
            let bits = call.exchange(0, ordering: .acquiringAndReleasing)
            return UnsafeRawPointer(bitPattern: bits).map {
                Unmanaged<RequestContext>.fromOpaque($0).takeRetainedValue()
            }
        }
    }

    /// How long a call has been seen to last.
    private struct Sight {
        var turn: UInt64
        var since: Deadline
    }

    private let seats = Lock<[ObjectIdentifier: Seat]>([:])
    private let limit: Duration
    private let metrics: Metrics
    private let log: Log

    /// Begins to watch; it ends with the object.
    init(limit: Duration, metrics: Metrics, log: Log) {
        self.limit = limit
        self.metrics = metrics
        self.log = log
        let pause = useconds_t(clamping: max(1, limit.components.seconds * 250_000))
        DetachedThread.start { [weak self] in
            var sights: [ObjectIdentifier: Sight] = [:]
            while self?.look(&sights) != nil { usleep(pause) }
        }
    }

    /// The seat of the loop that the value names.
    func seat(of loop: ObjectIdentifier) -> Seat {
        seats.withLock { seats in
            if let seat = seats[loop] { return seat }
            let seat = Seat()
            seats[loop] = seat
            return seat
        }
    }

    private func look(_ sights: inout [ObjectIdentifier: Sight]) {
        for (loop, seat) in seats.withLock({ $0 }) {
            let turn = seat.turn.load(ordering: .acquiring)
            guard !turn.isMultiple(of: 2), let sight = sights[loop], sight.turn == turn else {
                sights[loop] = Sight(turn: turn, since: .after(limit))
                continue
            }
            if sight.since.hasPassed, let context = seat.take() { report(context) }
        }
    }

    private func report(_ context: RequestContext) {
        guard let route = context.route else { return }
        route.leaveEventLoops()
        metrics.counter(
            "gantry_event_loop_stalls_total", help: "Calls of modules that kept an event loop for too long.",
            labels: [("module", route.moduleID)]
        ).increment()
        log.write(
            .error,
            "An operation keeps its event loop, on which nobody else is served meanwhile. From now on it begins on "
                + "threads that may wait; declare it `blocking`, or make it return.",
            scope: LogScope(
                requestID: String(decoding: context.requestID(), as: UTF8.self), tenant: context.tenant?.id,
                module: route.moduleID),
            trace: context.trace, fields: [LogField("operation", route.route.operation)])
    }
}
