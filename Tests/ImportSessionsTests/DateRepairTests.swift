import SessionImport
import Testing

@Suite("Dates with day and month exchanged")
struct DateRepairTests {
    private func date(_ text: String) throws -> CivilDate {
        try #require(CivilDate(text))
    }

    @Test("A window comes from the file's name, else from dates that cannot be exchanged")
    func windows() throws {
        let named = try #require(DateWindow(fileName: "towns_2031-04_2032-03.csv.gz"))
        let dates = try ["2031-04-13", "2032-03-30", "2029-01-12", "2031-12-31"].map(date)
        #expect(DateWindow(dates: dates) == named)
        #expect(named.name == "203104")
        #expect(DateWindow(fileName: "towns.csv") == nil)
        #expect(DateWindow(dates: [try date("2031-04-12")]) == nil)
    }

    @Test(
        "Days up to 12 are exchanged, others stay",
        arguments: [
            ("2031-05-04", "2031-04-05"), ("2031-04-13", "2031-04-13"), ("2031-07-07", "2031-07-07"),
            ("2032-12-01", "2032-01-12"), ("2032-01-03", "2032-03-01"),
        ])
    func repair(written: String, meant: String) throws {
        let window = try #require(DateWindow(fileName: "2031-04_2032-03"))
        #expect(window.repair(try date(written)) == (try date(meant)))
    }

    @Test("A date that was right already is kept, one outside the window is none")
    func outside() throws {
        let window = try #require(DateWindow(fileName: "2031-04_2032-03"))
        #expect(window.repair(try date("2031-06-01")) == (try date("2031-06-01")))
        #expect(window.repair(try date("1970-01-01")) == nil)
        #expect(window.repair(try date("2032-04-20")) == nil)
        #expect(window.repair(try date("2032-01-04"), slack: 1) == (try date("2032-04-01")))
    }

    @Test("The calendar")
    func calendar() throws {
        #expect(CivilDate("2032-02-30") == nil)
        #expect(CivilDate("2032-2") == nil)
        for days in [-719_468, -1, 0, 59, 11_016, 22_700] {
            #expect(CivilDate(daysSinceEpoch: days).daysSinceEpoch == days)
        }
        #expect(CivilDate(daysSinceEpoch: 0) == (try date("1970-01-01")))
        let moment = LocalTime(date: try date("2032-03-01"), secondOfDay: 60, offsetMinutes: -420)
        #expect(moment.text == "2032-03-01T00:01:00-07:00")
        #expect(moment.later(by: -61).text == "2032-02-29T23:59:59-07:00")
    }
}
