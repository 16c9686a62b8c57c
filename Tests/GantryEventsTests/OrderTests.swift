import GantryCore
import GantryEvents
import GantryThreads
import Testing

@Suite("Order under failures")
struct OrderTests {
    private let fixture = EventFixture()

    /// Numbers from a seed, the same in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    private struct Outcomes {
        var generator: Generator
        var done: [String: [Int]] = [:]
        var attemptCount = 0
    }

    private static let perKey = 12

    /// Publishes events of eight keys in random order, each key counted from 1.
    private func publish(_ seed: UInt64) throws {
        var generator = Generator(state: seed)
        var keys = (0..<8).flatMap { key in [String](repeating: "k\(key)", count: Self.perKey) }
        keys.shuffle(using: &generator)
        var counts: [String: Int] = [:]
        for key in keys {
            counts[key, default: 0] += 1
            try fixture.publish([(counts[key] ?? 0) + (Int(key.dropFirst()) ?? 0) * 1000], key: key)
        }
    }

    @Test("whatever fails whenever, each key's events are done once, in their order", arguments: [1, 2, 3, 4, 5, 6])
    func keepsOrder(seed: UInt64) throws {
        let outcomes = Lock(Outcomes(generator: Generator(state: seed &* 977)))
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader", RetryPolicy(attempts: 1000)) {
            event in
            outcomes.withLock { outcomes in
                outcomes.attemptCount += 1
                if UInt8.random(in: 0..<100, using: &outcomes.generator) < 40 { return .retry(reason: "not now") }
                outcomes.done[event.key, default: []].append(event.number % 1000)
                return .done
            }
        }
        try publish(seed)
        dispatcher.start()
        let total = 8 * Self.perKey
        let isComplete = eventually {
            // Time goes on as soon as everything waits for it.
            if fixture.timers.waitingCount > 0 { fixture.advance(300_000) }
            return outcomes.withLock { $0.done.values.map(\.count).reduce(0, +) } >= total
        }
        #expect(isComplete)
        #expect(try eventually { try EventLog.deliveries(in: fixture.database).isEmpty })
        #expect(dispatcher.stop(until: .after(.seconds(20))))
        let (done, attemptCount) = outcomes.withLock { ($0.done, $0.attemptCount) }
        #expect(done.count == 8 && done.values.allSatisfy { $0 == Array(1...Self.perKey) })
        #expect(attemptCount > total)
    }
}
