import ChargingClient
import Foundation
import Testing

@testable import ChargingFiles

@Suite("What becomes of OCPP and OCPI files")
struct MappingTests {
    private func file(_ name: String, station: String? = nil, ratedPower: Double? = nil) throws -> ChargingFile {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return try ChargingFile(
            try Data(contentsOf: root.appending(path: "Examples/charging/files/\(name)")), station: station,
            ratedPower: ratedPower)
    }

    private func read(_ text: String, station: String? = "ST") throws -> ChargingFile {
        try ChargingFile(Data(text.utf8), station: station)
    }

    @Test("A station's log becomes one session for each transaction")
    func log() throws {
        let file = try file("ocpp16-station.jsonl", ratedPower: 22)
        #expect(file.sessions.map(\.sessionId) == ["HH-DEPOT-07-4711", "HH-DEPOT-07-4712"])
        #expect(file.sessions.map(\.connectorId) == ["2", "1"])
        #expect(file.sessions.allSatisfy { $0.status == .completed && $0.metadata?.maxPowerKw == 22 })
        #expect(file.notes.counts == ["signed values": 1])
        let register = file.sessions[0].meterValues.filter { $0.measurand == "Energy.Active.Import.Register" }
        #expect(register.map(\.value) == [18_211_400, 18_214_100, 18_209_800, 18_212_500, 18_215_200])
        #expect(register.allSatisfy { $0.unit == "Wh" && $0.reconstructed == nil })
        let temperatures = file.sessions[1].meterValues.filter { $0.measurand == "Temperature" }
        #expect(temperatures.allSatisfy { $0.unit == "Celsius" && $0.location == "Body" })
        #expect(Set(file.sessions[1].meterValues.compactMap(\.phase)) == ["L1", "L2", "L3", "L1-N", "L2-N", "L3-N"])
    }

    @Test("Nothing of a driver is sent")
    func drivers() throws {
        for name in ["ocpp16-station.jsonl", "ocpi-cdrs.json"] {
            let sent = String(decoding: try JSONEncoder().encode(try file(name).sessions), as: UTF8.self)
            for secret in ["04E1A2B3", "04F00D", "012345678", "DE8ACC12E46L89"] { #expect(!sent.contains(secret)) }
        }
    }

    @Test("A MeterValues.req alone is a session that goes on, of the station that is told")
    func meterValues() throws {
        let file = try file("ocpp16-metervalues.json", station: "FAST 1")
        #expect(file.sessions.map(\.sessionId) == ["FAST-1-90210"])
        #expect(file.sessions[0].status == .active)
        #expect(file.sessions[0].meterValues.count == 27)
        #expect(throws: ChargingFileError.self) { try self.file("ocpp16-metervalues.json") }
    }

    @Test("Records become registers that add up, marked as reconstructed")
    func records() throws {
        let file = try file("ocpi-cdrs.json")
        #expect(
            file.sessions.map(\.sessionId) == ["DE-HHX-2026-0614-001", "DE-HHX-2026-0614-002", "DE-HHX-2026-0614-003"])
        let first = file.sessions[0]
        #expect(first.chargingStationId == "HH-KAI-01" && first.evseId == "DE*HHX*E0101*1" && first.connectorId == "1")
        let register = first.meterValues.filter { $0.measurand == "Energy.Active.Import.Register" }
        #expect(register.map(\.value) == [0, 12.4, 24.5, 35.7, 43.7])
        #expect(register.last?.timestamp == "2026-06-14T09:00:00Z")
        #expect(first.meterValues.filter { $0.measurand == "SoC" }.map(\.value) == [18, 35, 51, 66])
        #expect(first.meterValues.allSatisfy { $0.reconstructed == true })
        let price = try #require(first.metadata?.pricePerKwh)
        #expect(abs(price - 0.4899) < 0.001)
        #expect(file.sessions[2].meterValues.allSatisfy { $0.timestamp.hasSuffix("Z") })
        #expect(file.notes.counts == ["volumes of MAX_CURRENT": 1])
    }

    @Test("Bare frames, results, defaults and repetitions")
    func frames() throws {
        let file = try read(
            #"""
            [2,"1","StartTransaction",{"connectorId":1,"idTag":"","meterStart":1000,"timestamp":"2026-06-14T05:00:00Z"}]
            [2,"9","Heartbeat",{}]

            [3,"1",{"transactionId":7,"idTagInfo":{"status":"Accepted"}}]
            [2,"2","MeterValues",{"connectorId":1,"transactionId":7,"meterValue":[{"timestamp":"2026-06-14T05:00:00Z",
            "sampledValue":[{"value":"1000"},{"value":"n/a","measurand":"SoC"}]}]}]
            """#.replacing(",\n\"sampledValue\"", with: ",\"sampledValue\""))
        #expect(file.sessions.count == 1)
        #expect(
            file.sessions[0].meterValues == [
                NewSession.MeterValue(timestamp: "2026-06-14T05:00:00Z", value: 1000, unit: "Wh")
            ])
        #expect(file.sessions[0].status == .active)
        #expect(file.notes.counts == ["values that are no numbers": 1])
    }

    @Test("Values outside of a transaction are counted and left out")
    func outside() throws {
        let file = try read(
            #"[[2,"1","MeterValues",{"connectorId":0,"meterValue":[{"timestamp":"2026-06-14T05:00:00Z","#
                + #""sampledValue":[{"value":"1"}]}]}]]"#
        )
        #expect(file.sessions.isEmpty)
        #expect(file.notes.counts == ["values outside of a transaction": 1])
    }

    @Test("What is neither is said, with its line")
    func neither() {
        let error = #expect(throws: ChargingFileError.self) { try read("[2,\"1\",\"Heartbeat\",{}]\nnonsense") }
        #expect(error?.description.hasPrefix("Line 2 ") == true)
    }

    @Test("The table has a row for each category, and the texts stand under it")
    func table() throws {
        let json = #"""
            {"sessionId":"S-1","status":"completed","isAnomaly":true,"anomalyScore":0.9,"anomalies":[
            {"category":"KWH_DECREASE","score":0.907,"confidence":0.9,"timeRange":{
            "startTimestamp":"2026-06-14T05:18:00Z",
            "endTimestamp":"2026-06-14T05:33:00Z"}},{"category":"NEW_ONE","score":1,"confidence":1,"timeRange":null}]}
            """#
        let result = try JSONDecoder().decode(SessionResult.self, from: Data(json.utf8))
        let few = try JSONDecoder().decode(
            SessionResult.self, from: Data(#"{"sessionId":"S-2","status":"active","message":"Too few."}"#.utf8))
        var report = VerdictReport()
        report.lines = [
            VerdictReport.Line(
                session: NewSession(sessionId: "S-1", chargingStationId: "ST"), result: result,
                explanation: "It fell."),
            VerdictReport.Line(session: NewSession(sessionId: "S-2", chargingStationId: "ST"), result: few),
        ]
        #expect(
            report.text == """
                SESSION  STATION  VERDICT       SCORE  PERIOD (UTC)
                S-1      ST       KWH_DECREASE  0.91   2026-06-14 05:18 to 05:33
                                  NEW_ONE       1.00
                S-2      ST       no verdict           Too few.

                S-1

                It fell.
                """)
        #expect(report.hasAnomalies)
    }
}
