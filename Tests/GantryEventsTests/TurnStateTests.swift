import GantryCore
import Testing

@testable import GantryEvents

@Suite("Turns of background work")
struct TurnStateTests {
    private func started() -> Turns {
        let turns = Turns()
        _ = turns.start()
        return turns
    }

    private func running() -> Turns {
        let turns = started()
        _ = turns.begin()
        return turns
    }

    @Test("before the start nothing happens; the start takes a turn at once")
    func starts() {
        let turns = Turns()
        #expect(turns.wake() == .nothing)
        #expect(turns.isIdle)
        #expect(turns.start() == .takeTurn)
        #expect(!turns.isIdle)
    }

    @Test("however often it is woken, one turn is queued")
    func wakesOnce() {
        let turns = started()
        #expect(turns.wake() == .nothing)
        #expect(turns.wake() == .nothing)
        #expect(turns.begin())
        #expect(turns.end(.isDone(nextMilliseconds: nil)) == .wait(untilMilliseconds: nil))
        #expect(turns.isIdle)
        #expect(turns.wake() == .takeTurn)
    }

    @Test("what wakes it during a turn leads to another turn, and only to one")
    func wokenMeanwhile() {
        let turns = running()
        #expect(turns.wake() == .nothing)
        #expect(turns.wake() == .nothing)
        #expect(turns.end(.isDone(nextMilliseconds: 5)) == .takeTurn)
        #expect(turns.begin())
        #expect(turns.end(.isDone(nextMilliseconds: 5)) == .wait(untilMilliseconds: 5))
    }

    @Test("a turn that has more to do is followed by another one")
    func hasMore() {
        let turns = running()
        #expect(turns.end(.hasMore) == .takeTurn)
    }

    @Test("failures wait longer and longer up to the limit, and a success forgets them")
    func backsOff() {
        let turns = running()
        var waits: [Int64] = []
        for _ in 0..<20 {
            guard case .wait(let time?) = turns.end(.failed) else { return #expect(Bool(false), "no wait") }
            waits.append(time - 1_000_000)
            #expect(turns.wake() == .takeTurn)
            #expect(turns.begin())
        }
        #expect((1000...1250).contains(waits[0]))
        #expect((2000...2500).contains(waits[1]))
        #expect((240_000...300_000).contains(waits[19]))
        #expect(turns.end(.isDone(nextMilliseconds: nil)) == .wait(untilMilliseconds: nil))
        _ = turns.wake()
        _ = turns.begin()
        guard case .wait(let time?) = turns.end(.failed) else { return #expect(Bool(false), "no wait") }
        #expect((1000...1250).contains(time - 1_000_000))
    }

    @Test("a wake during a turn that failed does not shorten the wait")
    func failedAndWoken() {
        let turns = running()
        _ = turns.wake()
        guard case .wait(let time?) = turns.end(.failed) else { return #expect(Bool(false), "no wait") }
        #expect(time >= 1_001_000)
    }

    @Test("after a stop no turn begins, and a turn under way is the last one", arguments: [true, false])
    func stops(isRunning: Bool) {
        let turns = isRunning ? running() : started()
        turns.stop()
        #expect(!turns.isIdle)
        if isRunning {
            #expect(turns.end(.hasMore) == .nothing)
        } else {
            #expect(!turns.begin())
        }
        #expect(turns.isIdle)
        #expect(turns.wake() == .nothing)
        #expect(turns.start() == .nothing)
    }

    @Test("a turn that nobody takes leaves it idle")
    func refused() {
        let turns = started()
        turns.refuse()
        #expect(turns.isIdle)
        #expect(turns.wake() == .takeTurn)
    }
}

/// The state, to be changed within an expectation.
private final class Turns {
    private var state = TurnState()

    var isIdle: Bool { state.isIdle }
    func start() -> TurnState.Step { state.start() }
    func wake() -> TurnState.Step { state.wake() }
    func begin() -> Bool { state.begin() }
    func refuse() { state.refuse() }
    func stop() { state.stop() }
    func end(_ result: TurnState.Result) -> TurnState.Step {
        state.end(result, nowMilliseconds: 1_000_000, policy: RetryPolicy())
    }
}
