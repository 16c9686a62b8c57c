import AnomalyDetection
import GantryKit
import Testing

@Suite("Figures of the tenant")
struct StatisticsTests {
    @Test("A tenant without data gets zeros and an uptime of 100")
    func empty() throws {
        let module = try ModuleUnderTest()
        #expect(
            try module.send("getStatistics").body
                == #"{"activeAnomaliesCount":0,"sessionsWithAnomaliesCount":0,"connectorsWithAnomaliesCount":0,"#
                + #""totalAnomaliesCount":0,"chargingStationsWithAnomaliesCount":0,"uptimePercentage":100,"#
                + #""uptimeDelta":0,"totalSessions":0,"totalRevenue":0,"revenueAtRisk":0,"revenueLeakEstimate":0}"#)
    }

    @Test("Counts, prices, and what a session leaves behind when it becomes invalid: nothing")
    func counts() throws {
        let module = try ModuleUnderTest(configuration: #"{"pricePerKwh":0.5}"#)
        let price = #""metadata":{"pricePerKwh":0.25}"#
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.clean(count: 5)))
        _ = try module.json("createSession", Bodies.session("S-2", Bodies.clean(count: 2), price))
        _ = try module.json("createSession", Bodies.session("S-3", connector: "2", Bodies.falling(), price))
        _ = try module.json("createSession", Bodies.session("S-4", connector: nil, Bodies.falling()))
        var figures = try module.json("getStatistics")
        // 12 kWh and 6 kWh at the default price, 3 kWh and 6 kWh at that of their metadata.
        #expect(figures["totalRevenue"] == "11.25")
        #expect(figures["revenueAtRisk"] == "4.5")
        #expect(figures["totalSessions"] == "4")
        #expect(figures["sessionsWithAnomaliesCount"] == "2")
        #expect(figures["connectorsWithAnomaliesCount"] == "1", "one session names none")
        #expect(figures["chargingStationsWithAnomaliesCount"] == "1")
        #expect(figures["totalAnomaliesCount"] == "2")
        let leak = try #require(figures["revenueLeakEstimate"].flatMap(Double.init))
        #expect(leak > 0 && leak < 4.5)

        _ = try module.json("updateSession", path: ["S-1"], #"{"metadata":{"pricePerKwh":2}}"#)
        _ = try module.json("updateSession", path: ["S-2"], #"{"metadata":{"pricePerKwh":null}}"#)
        #expect(try module.json("getStatistics")["totalRevenue"] == "30")
        for id in ["S-1", "S-2", "S-3", "S-4"] {
            _ = try module.json("updateSession", path: [id], #"{"status":"invalid"}"#)
        }
        figures = try module.json("getStatistics")
        #expect(figures["totalRevenue"] == "0")
        #expect(figures["totalSessions"] == "0")
        #expect(figures["uptimePercentage"] == "100")
        #expect(figures["totalAnomaliesCount"] == "0")
        #expect(module.value("SELECT COUNT(*) FROM figures WHERE whole <> 0 OR parts <> 0") == 0)
        #expect(module.value("SELECT COUNT(*) FROM uptime_hours WHERE covered <> 0 OR anomalous_offset <> 0") == 0)
    }

    @Test("Uptime is clipped to the last 30 days and to the present, to the millisecond")
    func uptime() throws {
        let module = try ModuleUnderTest()
        // An hour, of which the second quarter lies in an anomaly.
        let body = Bodies.session("S-1", Bodies.falling() + [Bodies.register(60, 18_004)])
        _ = try module.json("createSession", body)
        func figures(_ milliseconds: Int64) throws -> [String?] {
            module.now = Bodies.origin + milliseconds
            let figures = try module.json("getStatistics")
            return [figures["uptimePercentage"], figures["uptimeDelta"]]
        }
        let days: Int64 = 30 * 86_400_000
        #expect(try figures(86_400_000) == ["75", "-25"])
        #expect(try figures(1_800_000) == ["50", "-50"], "at the end of the fall")
        #expect(try figures(900_000) == ["100", "0"], "at its beginning")
        #expect(try figures(days + 1_200_000) == ["75", "0"], "the beginning lies in the window before")
        #expect(try figures(days + 1_800_000) == ["100", "50"])
        #expect(try figures(days + 3_599_999) == ["100", "25.000007"])
        #expect(try figures(2 * days + 3_600_000) == ["100", "0"])
    }

    @Test("The maintained sums are those of a look at everything, whatever happened", arguments: [1, 2, 3, 4])
    func matchesBruteForce(seed: UInt64) throws {
        let history = try RandomHistory(seed: seed)
        for round in 0..<12 {
            for _ in 0..<12 { try history.step() }
            try history.compare("round \(round) of \(seed)")
        }
        history.forgetFigures()
        try history.compare("filled in anew, \(seed)")
    }
}
