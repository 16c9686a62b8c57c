import GantryKit
import GantryKitTesting
import Testing

@Suite("Appending to and replacing sessions")
struct SessionChangeTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    private func update(_ body: String) throws -> JSONDocument {
        try module.json("updateSession", path: ["S-1"], body)
    }

    @Test("Appended readings join the stored ones, and the whole is judged")
    func append() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Array(Bodies.falling().prefix(2))))
        let state = try update(Bodies.change(Array(Bodies.falling().suffix(2))))
        #expect(state["isAnomaly"] == "true")
        #expect(module.value("SELECT reading_count FROM sessions") == 4)
        #expect(module.value("SELECT anomalous_sessions FROM connectors") == 1)
    }

    @Test("A reading of the same moment, measurand, phase and location overwrites the stored one")
    func overwrite() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        let state = try update(Bodies.change([Bodies.register(30, 18_006), Bodies.register(45, 18_009)]))
        #expect(state["isAnomaly"] == "false")
        #expect(module.value("SELECT reading_count FROM sessions") == 4)
        #expect(module.value("SELECT anomalous_sessions FROM connectors") == 0)
    }

    @Test("A request for nothing answers the state and publishes nothing", arguments: ["{}", #"{"meterValues":[]}"#])
    func noOp(body: String) throws {
        let created = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        let before = module.host.published.count
        module.now += 1000
        let state = try update(body)
        #expect(state["analyzedAt"] == created["analyzedAt"])
        #expect(module.host.published.count == before)
    }

    @Test("A move to completed starts an analysis, other moves do not")
    func completes() throws {
        let still = (0..<4).map { Bodies.register($0 * 15, 18_000) }
        _ = try module.json("createSession", Bodies.session("S-1", still, #""status":"pending""#))
        module.now += 60_000
        _ = try update(#"{"status":"active"}"#)
        #expect(module.events("session.analyzed").count == 1)
        let state = try update(#"{"status":"completed"}"#)
        #expect(state["anomalies.0.category"] == "ZERO_ENERGY")
        #expect(module.events("session.analyzed").count == 2)
        _ = try update(#"{"status":"completed"}"#)
        #expect(module.events("session.analyzed").count == 2)
    }

    @Test("Final statuses stay, and invalid sessions take no readings")
    func final() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.clean(), #""status":"completed""#))
        #expect(
            try module.send("updateSession", path: ["S-1"], #"{"status":"invalid"}"#).reason == "session_status_final")
        _ = try update(Bodies.change([Bodies.register(60, 18_012)]))
        _ = try module.json("createSession", Bodies.session("S-2", Bodies.clean(), #""status":"invalid""#))
        for (operation, body) in [
            ("updateSession", Bodies.change(Bodies.clean())), ("replaceSession", Bodies.change(Bodies.clean())),
            ("updateSession", #"{"status":"active"}"#),
        ] {
            let answer = try module.send(operation, path: ["S-2"], body)
            #expect(answer.status == 409)
            #expect(answer.reason == "session_status_final")
        }
        _ = try module.json("updateSession", path: ["S-2"], #"{"metadata":{"a":1},"meterValues":[]}"#)
    }

    @Test("A replacement drops all readings, and with fewer than three the verdict")
    func replace() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        let state = try module.json("replaceSession", path: ["S-1"], Bodies.change(Bodies.clean(count: 2)))
        #expect(state["isAnomaly"] == "null")
        #expect(module.value("SELECT COUNT(*) FROM anomalies WHERE risk = 0") == 1)
        #expect(module.value("SELECT anomalous_sessions FROM connectors") == 0)
        let session = try module.json("getSession", path: ["S-1"])
        #expect(session.count("meterValues") == 2)
        #expect(try module.json("listSessions")["content.0.anomalyCount"] == "0")
    }

    @Test("Metadata are merged by appending, with null removing a key, and replaced by replacing")
    func metadata() throws {
        let more = #""metadata":{"a":1,"b":{"c": [1, 2]},"pricePerKwh":null}"#
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.clean(), more))
        #expect(try stored() == #"{"a":1,"b":{"c":[1,2]}}"#)
        _ = try update(#"{"metadata":{"a":null,"d":"x"}}"#)
        #expect(try stored() == #"{"b":{"c":[1,2]},"d":"x"}"#)
        let body = Bodies.change(Bodies.clean(), #""metadata":{"e":true}"#)
        _ = try module.json("replaceSession", path: ["S-1"], body)
        #expect(try stored() == #"{"e":true}"#)
        let large = String(repeating: "x", count: 9000)
        _ = try update(#"{"metadata":{"f":"\#(large)"}}"#)
        let answer = try module.send("updateSession", path: ["S-1"], #"{"metadata":{"g":"\#(large)"}}"#)
        #expect(answer.status == 422)
        #expect(answer.findings.map(\.path) == ["metadata"])
        #expect(answer.findings.map(\.code) == ["out_of_range"])
    }

    private func stored() throws -> String {
        guard case .text(let text)? = try module.host.database.value("SELECT metadata FROM sessions") else { return "" }
        return text
    }

    @Test("Readings beyond 31 days or 50,000 are refused, and nothing is stored")
    func limits() throws {
        _ = try module.json("createSession", Bodies.session("S-1", [Bodies.register(-31 * 1440, 17_000)]))
        var answer = try module.send(
            "updateSession", path: ["S-1"], Bodies.change([Bodies.register(0, 18_000), Bodies.register(1, 18_000)]))
        #expect(answer.status == 422)
        #expect(answer.findings.map(\.path) == ["meterValues.1.timestamp"])
        #expect(answer.findings.map(\.code) == ["out_of_range"])
        #expect(module.value("SELECT reading_count FROM sessions") == 1)

        for part in 0..<5 {
            let readings = (0..<10_000).map { Bodies.register(-30_000 + (part * 10_000 + $0) / 2, Double($0 % 2)) }
            let distinct = readings.enumerated().map { index, text in
                index % 2 == 0 ? text : text.replacing(#""unit":"kWh""#, with: #""unit":"kWh","phase":"L1""#)
            }
            answer = try module.send("updateSession", path: ["S-1"], Bodies.change(distinct))
        }
        #expect(answer.findings.map(\.code) == ["too_many_meter_values"])
        #expect(module.value("SELECT reading_count FROM sessions") == 40_001)
        #expect(module.value("SELECT COUNT(*) FROM session_readings") == 40)
        #expect(try module.json("getSession", path: ["S-1"]).count("meterValues") == 40_001)
    }

    @Test("Concurrent appends are applied one after the other and none is lost")
    func concurrent() async throws {
        _ = try module.json("createSession", Bodies.session("S-1", nil))
        let module = module
        await withTaskGroup(of: Int?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let body = Bodies.change([Bodies.register(number, 18_000 + Double(number))])
                    return try? module.send("updateSession", path: ["S-1"], body).status
                }
            }
            for await status in group { #expect(status == 200) }
        }
        #expect(module.value("SELECT reading_count FROM sessions") == 40)
        #expect(try module.json("getSession", path: ["S-1"]).count("meterValues") == 40)
    }
}
