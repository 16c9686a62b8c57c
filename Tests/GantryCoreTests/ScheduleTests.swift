import GantryCore
import Testing

@Suite("Schedules")
struct ScheduleTests {
    /// 2026-06-14T05:00:00Z, a Sunday.
    private static let sunday: Int64 = 1_781_413_200_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    @Test(
        "the next moment of an expression",
        arguments: [
            ("* * * * *", sunday, sunday + 60_000),
            ("*/15 * * * *", sunday + 1, sunday + 900_000),
            ("0 5 * * *", sunday - 1, sunday),
            ("0 5 * * *", sunday, sunday + day),
            ("0 3 * * *", sunday, sunday + 22 * hour),
            ("30 8-18/2 * * mon-fri", sunday, sunday + day + 3 * hour + 1_800_000),
            ("0 5 * * 7", sunday, sunday + 7 * day),
            ("0 5 * * sun", sunday - 1, sunday),
            // Both days are restricted: either counts.
            ("0 5 15 * fri", sunday, sunday + day),
            ("0 5 20 * fri", sunday, sunday + 5 * day),
            ("0 0 1 jan *", sunday, 1_798_761_600_000),
            ("0 0 29 2 *", sunday, 1_835_395_200_000),
            ("59 23 31 12 *", sunday, 1_798_761_540_000),
            ("0 0 1 1 *", -1, 0),
        ] as [(String, Int64, Int64)])
    func next(text: String, after: Int64, expected: Int64) throws {
        let expression = try CronExpression(text)
        #expect(expression.next(after: after) == expected)
        #expect(expression.last(atOrBefore: expected) == expected)
        #expect(expression.last(atOrBefore: expected - 1).map { $0 <= after } ?? true)
    }

    @Test(
        "no moment is left out or told twice, forwards and backwards", arguments: ["7 */3 * * *", "*/7 4,16 1-7 * 2"])
    func walks(text: String) throws {
        let expression = try CronExpression(text)
        var moment = Self.sunday
        for _ in 0..<500 {
            let next = try #require(expression.next(after: moment))
            #expect(next > moment && next % 60_000 == 0)
            #expect(expression.next(after: next - 1) == next)
            #expect(expression.last(atOrBefore: next + 59_999) == next)
            moment = next
        }
        #expect(expression.last(atOrBefore: moment) == moment)
    }

    @Test(
        "an expression that cannot be read says which field is wrong",
        arguments: [
            ("", "has 0"), ("* * * *", "has 4"), ("60 * * * *", "`60` is no minute: a number from 0 to 59"),
            ("* 24 * * *", "is no hour"), ("* * 0 * *", "is no day of the month"), ("* * * 13 *", "is no month"),
            ("* * * * 8", "is no day of the week"), ("5-1 * * * *", "ends before it begins"),
            ("*/0 * * * *", "a step is a number"), ("5/2 * * * *", "a step follows"),
            ("1,,2 * * * *", "`` is no minute"),
            ("*/2/2 * * * *", "more than one step"), ("1-2-3 * * * *", "two ends"), ("-1 * * * *", "is no minute"),
            ("0 0 30 2 *", "never comes true"), ("* * * may-jun-jul *", "two ends"), ("@daily", "five fields"),
        ])
    func faults(text: String, words: String) {
        let fault = #expect(throws: CronExpression.Fault.self) { try CronExpression(text) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
    }

    @Test("a period is counted from 1970, so a restart does not move it")
    func every() {
        let timing = Schedule.Timing.every(milliseconds: 900_000)
        #expect(timing.next(after: Self.sunday) == Self.sunday + 900_000)
        #expect(timing.next(after: Self.sunday - 1) == Self.sunday)
        #expect(timing.last(atOrBefore: Self.sunday + 899_999) == Self.sunday)
        #expect(timing.next(after: -1) == 0)
        #expect("\(timing)" == "every 15m")
    }

    @Test("jitter is the same at one place, within its bound, and spread over many places")
    func jitter() {
        let schedule = Schedule(name: "s", job: "j", timing: .every(milliseconds: 60_000), jitterMilliseconds: 10_000)
        let offsets = (0..<1000).map { schedule.offsetMilliseconds(at: "tenant-\($0)/module") }
        #expect(offsets.allSatisfy { (0..<10_000).contains($0) })
        #expect(Set(offsets.map { $0 / 1000 }).count == 10)
        #expect(offsets == (0..<1000).map { schedule.offsetMilliseconds(at: "tenant-\($0)/module") })
        let due = schedule.nextDueMilliseconds(after: Self.sunday, at: "tenant-1/module")
        #expect(due > Self.sunday && (due - offsets[1]) % 60_000 == 0)
        #expect(schedule.nextDueMilliseconds(after: due, at: "tenant-1/module") == due + 60_000)
    }

    @Test(
        "lengths of time",
        arguments: [
            ("500ms", 500), ("10s", 10_000), ("15m", 900_000), ("12h", 43_200_000), ("7d", 604_800_000), ("0s", 0),
            ("", nil), ("s", nil), ("1", nil), ("1.5h", nil), ("-1s", nil), ("1w", nil), ("99999999999999999999s", nil),
            ("9223372036854775807d", nil), ("40000d", nil), ("1 s", nil),
        ] as [(String, Int64?)])
    func durations(text: String, milliseconds: Int64?) {
        #expect(DurationText.milliseconds(text) == milliseconds)
        if let milliseconds, milliseconds > 0 { #expect(DurationText.text(milliseconds: milliseconds) == text) }
    }
}
