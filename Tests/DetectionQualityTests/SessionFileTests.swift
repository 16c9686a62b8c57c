import AnomalyDetection
import DetectionQuality
import Testing

@Suite("Files that somebody brings")
struct SessionFileTests {
    @Test("Sessions become hours: energy is spread evenly, across midnight too")
    func hours() throws {
        let text = """
            station,connector,start,end,kWh
            A,1,2024-05-01T22:30:00Z,2024-05-02T01:30:00Z,6
            A,2,2024-05-02 00:00:00,2024-05-02 00:30:00,1
            B,1,2024-05-01T10:00:00+02:00,2024-05-01T11:00:00+02:00,-3
            """
        let file = try SessionFile(csv: Array(text.utf8))
        #expect(file.histories.map(\.station) == ["A", "B"])
        let first = file.histories[0].history
        #expect(first.firstDay == 19_844)
        #expect(first.hourlyKilowattHours.count == 48)
        #expect(Array(first.hourlyKilowattHours[21..<27]) == [0, 1, 2, 3, 1, 0])
        #expect(file.histories[1].history.hourlyKilowattHours.allSatisfy { $0 == 0 })
    }

    @Test("A rise that no connector can give counts as nothing")
    func impossible() throws {
        let text = "station,start,end,kWh\nA,2024-05-01T10:00:00Z,2024-05-01T10:06:00Z,287.7\n"
        let file = try SessionFile(csv: Array(text.utf8))
        #expect(file.histories[0].history.hourlyKilowattHours.allSatisfy { $0 == 0 })
    }

    @Test("What is wrong is told with its line")
    func mistakes() {
        let wrong = "station,start,end,kWh\nA,2024-05-01T10:00:00Z,2024-05-01T09:00:00Z,1\n"
        #expect(throws: QualityError.self) { try SessionFile(csv: Array(wrong.utf8)) }
        #expect(throws: QualityError.self) { try SessionFile(csv: Array("station,start\n".utf8)) }
        do {
            _ = try TimedSeries(csv: Array("timestamp,value\n2024-05-01 10:00:00,1\nnever,2\n".utf8))
            Issue.record("The line is no row.")
        } catch {
            #expect(error.description == "Line 3 has no time and number.")
        }
    }

    @Test("Times are read with and without offset")
    func times() {
        let moment = 1_714_557_600.0
        #expect(Timestamp.seconds("2024-05-01 10:00:00") == moment)
        #expect(Timestamp.seconds("2024-05-01T10:00Z") == moment)
        #expect(Timestamp.seconds("2024-05-01T12:30:00.5+02:30") == moment + 0.5)
        #expect(Timestamp.seconds("2024-05-01T04:00:00-06:00") == moment)
        #expect(Timestamp.seconds("2024-05-01T25:00:00Z") == nil)
        #expect(Timestamp.seconds("yesterday") == nil)
    }
}
