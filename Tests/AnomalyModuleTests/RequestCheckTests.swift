import GantryKit
import Testing

@Suite("Checks that the contract's schemas cannot say")
struct RequestCheckTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    private func findings(_ operation: String, path: [String] = [], _ body: String) throws -> [String] {
        let answer = try module.send(operation, path: path, body)
        try #require(answer.status == 422, "\(answer)")
        return answer.findings.map { "\($0.path) \($0.code)" }
    }

    private func reading(_ time: String, _ more: String = "") -> String {
        #"{"timestamp":"\#(time)","value":1\#(more)}"#
    }

    @Test(
        "Reserved names are refused", arguments: [("batch", "ST-1"), ("..", "ST-1"), ("S-1", "lookup"), ("S-1", ".")])
    func reserved(session: String, station: String) throws {
        let path = session == "S-1" ? "chargingStationId" : "sessionId"
        let found = try findings("createSession", Bodies.session(session, station: station))
        #expect(found == ["\(path) reserved_value"])
    }

    @Test("Names that only contain the reserved ones are fine", arguments: ["batch2", "a.b", "lookup"])
    func notReserved(session: String) throws {
        #expect(try module.send("createSession", Bodies.session(session, station: "batch")).status == 200)
    }

    @Test(
        "A unit must fit its measurand",
        arguments: [
            ("V", "SoC"), ("W", "Energy.Active.Import.Register"), ("kWh", "Power.Active.Import"),
            ("Percent", "Power.Factor"), ("kvarh", "Energy.Active.Net"), ("kW", "Voltage"),
        ])
    func unit(unit: String, measurand: String) throws {
        let values = [
            reading(Bodies.time(0)), reading(Bodies.time(1), #","unit":"\#(unit)","measurand":"\#(measurand)""#),
        ]
        let answer = try module.send("createSession", Bodies.session("S-1", values))
        #expect(answer.findings.map(\.path) == ["meterValues.1.unit"])
        #expect(answer.findings.map(\.code) == ["unit_mismatch"])
        #expect(answer.findings.map(\.message) == ["The unit \(unit) does not fit the measurand \(measurand)."])
        #expect(module.value("SELECT COUNT(*) FROM sessions") == 0)
    }

    @Test("Times lie between 2010 and 24 hours ahead")
    func times() throws {
        let now = module.now
        let edge = RFC3339.string(milliseconds: now + 86_400_000)
        let late = RFC3339.string(milliseconds: now + 86_400_001)
        #expect(try module.send("createSession", Bodies.session("S-1", [reading(edge)])).status == 200)
        #expect(
            try module.send("createSession", Bodies.session("S-2", [reading("2010-01-01T00:00:00Z")])).status == 200)
        let found = try findings(
            "createSession", Bodies.session("S-3", [reading(late), reading("2009-12-31T23:59:59.999Z")]))
        #expect(found == ["meterValues.0.timestamp out_of_range", "meterValues.1.timestamp out_of_range"])
    }

    @Test("The readings of one request span 31 days at most")
    func span() throws {
        let values = ["2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-06-01T00:00:01Z"].map { reading($0) }
        #expect(
            try findings("replaceSession", path: ["S-1"], Bodies.change(values)) == [
                "meterValues.2.timestamp out_of_range"
            ])
    }

    @Test("Metadata may have 16 KiB without white space")
    func metadataSize() throws {
        let room = 16_384 - #"{"a":""}"#.utf8.count
        let fits = #""metadata":{"a" :   "\#(String(repeating: "x", count: room))"}"#
        #expect(try module.send("createSession", Bodies.session("S-1", nil, fits)).status == 200)
        let large = #""metadata":{"a":"\#(String(repeating: "x", count: room + 1))"}"#
        #expect(try findings("createSession", Bodies.session("S-2", nil, large)) == ["metadata out_of_range"])
    }

    @Test("A batch is checked as a whole")
    func batch() throws {
        let body = """
            {"sessions":[\(Bodies.session("S-1")),\(Bodies.session("S-2", station: "lookup")),\
            \(Bodies.session("S-1", [reading(Bodies.time(0), #","unit":"V""#)]))]}
            """
        #expect(
            try findings("submitBatch", body) == [
                "sessions.1.chargingStationId reserved_value", "sessions.2.sessionId duplicate_item",
                "sessions.2.meterValues.0.unit unit_mismatch",
            ])
        #expect(module.value("SELECT COUNT(*) FROM batches") == 0)
        let many = (0..<10_000).map { Bodies.register(-$0, 1) }
        let sessions = (0..<6).map { Bodies.session("T-\($0)", $0 == 5 ? [Bodies.register(0, 1)] : many) }
        #expect(
            try findings("submitBatch", "{\"sessions\":[\(sessions.joined(separator: ","))]}") == [
                "sessions too_many_meter_values"
            ])
    }

    @Test("A window's upper bound must be later than the lower")
    func window() throws {
        let same = [("dateFrom", "2026-06-14T05:00:00Z"), ("dateTo", "2026-06-14T07:00:00+02:00")]
        let answer = try module.send("listSessions", query: same)
        #expect(answer.findings.map(\.path) == ["dateTo"])
        #expect(answer.findings.map(\.code) == ["out_of_range"])
        #expect(answer.findings.map(\.location) == [.query])
    }

    @Test("Malformed bodies are left to the contract check")
    func malformed() throws {
        let body = """
            {"sessionId":5,"chargingStationId":null,"metadata":[],"meterValues":[1,{"timestamp":"x","unit":7},\
            {"timestamp":"2026-01-01T00:00:00","value":"1","measurand":"x","unit":"V"}]}
            """
        // The contract check refuses this body; the module's own has nothing to add and must not fail.
        #expect(try module.checkOnly("createSession", body).isEmpty)
    }
}
