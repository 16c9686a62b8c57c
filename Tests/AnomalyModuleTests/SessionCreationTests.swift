import GantryKit
import GantryKitTesting
import Testing

@Suite("Creating and reading sessions")
struct SessionCreationTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    @Test("Three readings are judged before the answer")
    func judged() throws {
        let state = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        #expect(state["status"] == "active")
        #expect(state["isAnomaly"] == "true")
        #expect(state["anomalies.0.category"] == "KWH_DECREASE")
        #expect(state["anomalies.0.bucketRange.startUnit"] == "15")
        #expect(state["anomalies.0.timeRange.endTimestamp"] == Bodies.time(30))
        #expect(state["isRecurring"] == "false")
        #expect(state["socReconstructed"] == "false")
        #expect(state["message"] == "null")
        #expect(state["analyzedAt"] == state["createdAt"])
    }

    @Test("A clean verdict has an empty list and a score below 0.5")
    func clean() throws {
        let state = try module.json("createSession", Bodies.session("S-1"))
        #expect(state["isAnomaly"] == "false")
        #expect(state.count("anomalies") == 0)
        #expect(Double(state["anomalyScore"] ?? "") ?? 1 < 0.5)
    }

    @Test("Fewer than three readings leave all verdict fields null", arguments: [0, 1, 2])
    func notJudged(count: Int) throws {
        let state = try module.json("createSession", Bodies.session("S-1", Bodies.clean(count: count)))
        #expect(state["status"] == (count == 0 ? "pending" : "active"))
        for name in [
            "isAnomaly", "anomalyScore", "anomalyConfidence", "isIncident", "isRecurring", "anomalies", "analyzedAt",
            "socReconstructed",
        ] {
            #expect(state[name] == "null", "\(name)")
        }
        let verb = count == 1 ? "is" : "are"
        #expect(state["message"] == "No analysis yet. At least 3 meter values are needed, \(count) \(verb) stored.")
    }

    @Test("Null means left out")
    func null() throws {
        let body = Bodies.session(
            "S-1", connector: nil, nil,
            #""connectorId":null,"evseId":null,"meterValues":null,"metadata":null,"status":null"#)
        let state = try module.json("createSession", body)
        #expect(state["status"] == "pending")
        let created = try #require(module.events("session.created").first)
        #expect(created["connectorId"] == "null")
        #expect(created["evseId"] == "null")
    }

    @Test("A taken identifier gets 409 and changes nothing")
    func exists() throws {
        _ = try module.json("createSession", Bodies.session("S-1"))
        let answer = try module.send("createSession", Bodies.session("S-1", station: "ST-2", Bodies.falling()))
        #expect(answer.status == 409)
        #expect(answer.reason == "session_exists")
        #expect(module.value("SELECT COUNT(*) FROM stations") == 1)
        #expect(module.value("SELECT reading_count FROM sessions") == 4)
        #expect(module.events("session.created").count == 1)
    }

    @Test("Events are published with the change")
    func events() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling(), #""evseId":"DE*1""#))
        let created = try #require(module.events("session.created").first)
        #expect(created["sessionId"] == "S-1")
        #expect(created["evseId"] == "DE*1")
        let analyzed = try #require(module.events("session.analyzed").first)
        #expect(analyzed["anomalies.0.category"] == "KWH_DECREASE")
        #expect(analyzed["status"] == "active")
        let detected = try #require(module.events("anomaly.detected").first)
        #expect(detected["category"] == "KWH_DECREASE")
        #expect(detected["connectorId"] == "1")
        #expect(detected["anomalyId"] != detected["issueId"])
    }

    @Test("A body that is run again stores the session once")
    func rerun() throws {
        module.host.transactionRuns = 2
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        #expect(module.value("SELECT COUNT(*) FROM sessions") == 1)
        #expect(module.value("SELECT stored_sessions FROM connectors") == 1)
        #expect(module.events("session.created").count == 1)
    }

    @Test("Readings come back in order of time, with defaults filled in")
    func readings() throws {
        let values = [
            #"{"timestamp":"2026-06-14T08:30:00.123987+02:00","value":-1e-3,"measurand":"Power.Factor","phase":"L1"}"#,
            #"{"timestamp":"2026-06-14T05:00:00Z","value":47,"measurand":"SoC","location":"EV","reconstructed":true}"#,
            #"{"timestamp":"2026-06-14T06:00:00Z","value":18211.4,"unit":null,"measurand":null}"#,
            #"{"timestamp":"2026-06-14T06:00:00Z","value":18212.5}"#,
        ]
        _ = try module.json("createSession", Bodies.session("S-1", values))
        let session = try module.json("getSession", path: ["S-1"])
        #expect(session.count("meterValues") == 3)
        #expect(
            session["meterValues.0"]
                == #"{"timestamp":"2026-06-14T05:00:00Z","value":47,"measurand":"SoC","unit":"Percent","phase":null,"#
                + #""location":"EV","reconstructed":true}"#)
        #expect(session["meterValues.1.value"] == "18212.5")
        #expect(session["meterValues.1.unit"] == "Wh")
        #expect(session["meterValues.1.measurand"] == "Energy.Active.Import.Register")
        #expect(session["meterValues.2.timestamp"] == "2026-06-14T06:30:00.123Z")
        #expect(session["meterValues.2.unit"] == "null")
        #expect(session["meterValues.2.phase"] == "L1")
        #expect(session["createdAt"] != nil)
    }

    @Test("A session that does not exist is a 404")
    func missing() throws {
        #expect(try module.send("getSession", path: ["S-9"]).reason == "not_found")
        #expect(try module.send("updateSession", path: ["S-9"], "{}").status == 404)
        #expect(try module.send("replaceSession", path: ["S-9"], Bodies.change(Bodies.clean())).status == 404)
    }
}
