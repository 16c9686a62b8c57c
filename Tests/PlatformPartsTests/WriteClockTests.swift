import PlatformParts
import Testing

@Suite("Stamps of changes")
struct WriteClockTests {
    private let clock = WriteClock()

    @Test("New records of one millisecond get distinct stamps")
    func distinct() {
        #expect((0..<4).map { _ in clock.creation(nowMilliseconds: 1000) } == [1000, 1001, 1002, 1003])
        #expect(clock.change(nowMilliseconds: 1000) == 1003)
        #expect(clock.creation(nowMilliseconds: 1002) == 1004)
        #expect(clock.creation(nowMilliseconds: 2000) == 2000)
    }

    @Test("Stamps lead by 20 ms at most and never fall")
    func lead() {
        let stamps = (0..<100).map { clock.creation(nowMilliseconds: 1000 + Int64($0) / 50) }
        #expect(stamps == stamps.sorted())
        #expect(stamps[49] == 1020)
        #expect(stamps[99] == 1021)
    }

    @Test("A clock that was set back takes the stamps with it")
    func setBack() {
        #expect(clock.creation(nowMilliseconds: 5000) == 5000)
        #expect(clock.change(nowMilliseconds: 1000) == 1000)
        #expect(clock.creation(nowMilliseconds: 1000) == 1001)
    }
}
