import GantryThreads
import Testing

@testable import GantryWebhooks

@Suite("Places of deliveries under way")
struct WebhookLanesTests {
    private final class Owner: Sendable {
        let wakes = Lock(0)

        func take(_ lanes: WebhookLanes) -> Bool {
            lanes.take(for: self, orWake: { self.wakes.withLock { $0 += 1 } })
        }
    }

    @Test("Who waits gets the next place, before one who has many")
    func turns() {
        let lanes = WebhookLanes(count: 2)
        let (greedy, modest) = (Owner(), Owner())
        #expect(greedy.take(lanes) && greedy.take(lanes))
        #expect(!greedy.take(lanes) && !modest.take(lanes))
        lanes.give()
        #expect(greedy.wakes.withLock { $0 } == 1 && modest.wakes.withLock { $0 } == 0)
        #expect(greedy.take(lanes))
        #expect(!greedy.take(lanes), "behind the other now")
        lanes.give()
        #expect(modest.wakes.withLock { $0 } == 1)
        #expect(!greedy.take(lanes) && modest.take(lanes))
    }

    @Test("A place that its owner has no use for any more is not lost")
    func promises() {
        let lanes = WebhookLanes(count: 1)
        let (one, other, third) = (Owner(), Owner(), Owner())
        #expect(one.take(lanes) && !other.take(lanes) && !third.take(lanes))
        lanes.give()
        lanes.decline(other)
        #expect(third.wakes.withLock { $0 } == 1)
        lanes.forget(third)
        lanes.decline(other)
        #expect(one.take(lanes) && !one.take(lanes))
    }
}
