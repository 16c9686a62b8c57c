import ChargingClient
import SessionImport
import Testing

@Suite("Rows of the publishers' files")
struct FormatTests {
    private static let perthHeader =
        "_id,CP ID,Connector,Start Date,Start Time,End Date,End Time,Total kWh,Site,Model\r\n"
    private static let boulderHeader =
        "ObjectId,Station_Name,Address,Start_Date___Time,Start_Time_Zone,End_Date___Time,End_Time_Zone,"
        + "Total_Duration__hh_mm_ss_,Charging_Time__hh_mm_ss_,Energy__kWh_,Port_Type\n"

    private func perth(_ rows: String...) throws -> [RowOutcome] {
        let text = Self.perthHeader + rows.joined(separator: "\n")
        return try SourceFile(bytes: Array(text.utf8), fileName: "x_2031-04_2032-03.csv", kind: .perth).rows
    }

    private func boulder(_ row: String) throws -> RowOutcome {
        let text = Self.boulderHeader + row
        return try #require(SourceFile(bytes: Array(text.utf8), fileName: "b.csv", kind: .boulder).rows.first)
    }

    private func sessions(_ rows: [RowOutcome], scale: Double = 1, shiftDays: Int = 0) -> [NewSession] {
        SessionBuilder(scale: scale, shiftDays: shiftDays).sessions(
            rows.compactMap { row in
                guard case .session(let record) = row else { return nil }
                return record
            })
    }

    @Test("Three readings a session, over a running register for each connector")
    func perthReadings() throws {
        let rows = try perth(
            "2,70001,1,2031-06-05T00:00:00,10:00,2031-06-05T00:00:00,11:00,12.5,\"Quay, Town\",Rapid",
            "1,70001,1,2031-05-05T00:00:00,09:00,2031-05-05T00:00:00,09:30,7.25,Quay,Rapid",
            "3,70001,2,2031-05-05T00:00:00,08:00,2031-05-05T00:00:00,09:30,1,Quay,Rapid")
        let sent = sessions(rows)
        #expect(sent.map(\.sessionId) == ["perth-203104-3", "perth-203104-1", "perth-203104-2"])
        let values = sent.map { $0.meterValues.map(\.value) }
        #expect(values[1][1] - values[1][0] == 7.25)
        #expect(values[2][0] == values[1][1])
        #expect(values[0][0] == values[1][0])
        #expect(values[2][2] == 12.5)
        #expect(
            sent[1].meterValues.map(\.timestamp) == [
                "2031-05-05T09:00:00+01:00", "2031-05-05T09:30:00+01:00", "2031-05-05T09:30:00+01:00",
            ])
        #expect(sent[1].meterValues[2].measurand == "Energy.Active.Import.Interval")
        #expect(sent.allSatisfy { $0.status == "completed" && $0.meterValues.allSatisfy { $0.reconstructed == nil } })
        #expect(sent[2].metadata?.station == ["name": "Quay, Town", "model": "Rapid"])
    }

    @Test("An end in the same minute moves by 59 seconds and is marked")
    func sameMinute() throws {
        let sent = sessions(
            try perth("1,70001,1,2031-11-20T00:00:00,09:00,2031-11-20T00:00:00,09:00,0.1,Quay,Rapid"))
        #expect(
            sent[0].meterValues.map(\.timestamp) == [
                "2031-11-20T09:00:00+00:00", "2031-11-20T09:00:59+00:00", "2031-11-20T09:00:59+00:00",
            ])
        #expect(sent[0].meterValues.map(\.reconstructed) == [nil, true, true])
    }

    @Test("A session whose end was lost begins and stays active")
    func lostEnd() throws {
        let sent = sessions(try perth("1,70001,1,2031-11-20T00:00:00,09:00,,,,Quay,Rapid"))
        #expect(sent[0].status == "active")
        #expect(sent[0].meterValues.count == 1)
    }

    @Test("The night in which clocks go back is told from a session that ends before it starts")
    func clocksGoBack() throws {
        let sent = sessions(
            try perth("1,70001,1,2031-10-26T00:00:00,01:50,2031-10-26T00:00:00,01:10,1,Quay,Rapid"))
        #expect(
            sent[0].meterValues.prefix(2).map(\.timestamp) == [
                "2031-10-26T01:50:00+01:00", "2031-10-26T01:10:00+00:00",
            ])
        #expect(
            try perth("1,70001,1,2031-10-27T00:00:00,01:50,2031-10-27T00:00:00,01:10,1,Quay,Rapid")
                == [.unreadable("the end lies before the start")])
    }

    @Test(
        "Rows that are no session say why",
        arguments: [
            ("1,70001,1,2031-06-05T00:00:00,10:00,2031-06-05T00:00:00,11:00,x,Q,R", "the energy is no number"),
            ("1,70001,1,2031-06-05T00:00:00,25:00,2031-06-05T00:00:00,11:00,1,Q,R", "the start is no date and time"),
            ("1,70001,1,2031-06-05T00:00:00,10:00,2031-06-05T00:00:00,,1,Q,R", "the end is no date and time"),
            (
                "1,70001,1,2030-06-05T00:00:00,10:00,2031-06-05T00:00:00,11:00,1,Q,R",
                "the start lies outside the file's months"
            ),
            (
                "1,70001,1,2031-06-05T00:00:00,10:00,1970-01-01T00:00:00,11:00,1,Q,R",
                "the end lies outside the file's months"
            ),
            ("1,70001,1", "a column is missing"), ("1,\"70001,1", "the quotes do not pair up"),
        ])
    func unreadable(row: String, reason: String) throws {
        #expect(try perth(row) == [.unreadable(reason)])
    }

    @Test("Plug-in, end of charge and unplug, with the offset of the zone beside them")
    func boulderReadings() throws {
        let row = try boulder(
            "7,TOWN / HALL ST1,1 Main,2031/01/12 15:54:00+00,MST,2031/01/12 17:22:00+00,MST,1:28:23,1:20:11,6.706,L2")
        let sent = try #require(sessions([row]).first)
        #expect(sent.sessionId == "boulder-7")
        #expect(sent.chargingStationId == "TOWN-HALL-ST1")
        #expect(sent.connectorId == nil)
        #expect(
            sent.meterValues.map(\.timestamp) == [
                "2031-01-12T15:54:00-07:00", "2031-01-12T17:14:11-07:00", "2031-01-12T17:22:23-07:00",
            ])
        #expect(sent.meterValues[1].value == sent.meterValues[2].value)
        #expect(sent.meterValues.allSatisfy { $0.measurand == "Energy.Active.Import.Register" })
    }

    @Test("Moments that fall together are set apart and marked")
    func boulderCoincidence() throws {
        let row = try boulder(
            "7,T,1 Main,2031/07/12 15:54:00+00,MDT,2031/07/12 15:54:00+00,MDT,0:00:30,0:00:00,0,Level 2")
        let sent = try #require(sessions([row]).first)
        #expect(
            sent.meterValues.map(\.timestamp) == [
                "2031-07-12T15:54:00-06:00", "2031-07-12T15:54:01-06:00", "2031-07-12T15:54:30-06:00",
            ])
        #expect(sent.meterValues.map(\.reconstructed) == [nil, true, nil])
    }

    @Test("An end that contradicts the duration makes no session")
    func boulderContradiction() throws {
        let row = try boulder(
            "7,T,1 Main,2031/07/12 15:54:00+00,MDT,2031/07/14 15:54:00+00,MDT,0:02:00,0:00:00,0,Level 2")
        #expect(row == .unreadable("the end and the duration contradict each other"))
    }

    @Test("Scaled and shifted sessions are others")
    func variants() throws {
        let rows = try perth("1,70001,1,2031-05-05T00:00:00,09:00,2031-05-05T00:00:00,09:30,7.25,Quay,Rapid")
        let sent = sessions(rows, scale: 2, shiftDays: 10)
        #expect(sent[0].sessionId == "perth-203104-1-x2.0-d10")
        #expect(sent[0].meterValues[2].value == 14.5)
        #expect(sent[0].meterValues[0].timestamp == "2031-05-15T09:00:00+01:00")
    }

    @Test("A file of another format is refused")
    func otherFormat() {
        #expect(throws: ImportError.self) {
            try SourceFile(bytes: Array("a,b\n1,2\n".utf8), fileName: "2031-04_2032-03", kind: .perth)
        }
        #expect(throws: ImportError.self) {
            try SourceFile(bytes: Array(Self.perthHeader.utf8), fileName: "x.csv", kind: .perth)
        }
    }
}
