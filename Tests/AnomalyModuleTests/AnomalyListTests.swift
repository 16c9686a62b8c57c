import GantryKit
import Testing

@Suite("Lists of anomalies, and an anomaly in full")
struct AnomalyListTests {
    private let module: ModuleUnderTest

    /// Five sessions with a falling register; of the first two one more category each, found later.
    init() throws {
        module = try ModuleUnderTest()
        try create("S-1", connector: "1", Bodies.falling())
        try create("S-2", connector: "2", Bodies.falling(from: 60), #""evseId":"DE*1""#)
        try create("S-3", connector: "1", Bodies.falling(from: 120), #""evseId":"DE*2""#)
        try create("S-4", connector: nil, Bodies.falling(from: 180))
        try create("S-5", station: "ST-2", connector: "1", Bodies.falling(from: 240))
        try create("S-6", station: "ST-2", connector: "1", Bodies.clean())
        let export = #"{"timestamp":"\#(Bodies.time(300))","measurand":"Energy.Active.Export.Register","value":-5000}"#
        for id in ["S-1", "S-2"] {
            module.now += 1000
            _ = try module.json("updateSession", path: [id], Bodies.change([export]))
        }
    }

    private func create(
        _ id: String, station: String = "ST-1", connector: String?, _ readings: [String], _ more: String = ""
    ) throws {
        module.now += 1000
        _ = try module.json(
            "createSession", Bodies.session(id, station: station, connector: connector, readings, more))
    }

    private func pairs(_ query: String) -> [(String, String)] {
        query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=")
            return (String(parts[0]), String(parts[1]))
        }
    }

    /// The sessions of a page, in order, with the total.
    private func list(_ operation: String, _ query: String, _ member: String = "chargingSessionId") throws -> String {
        let page = try module.json(operation, query: pairs(query))
        let ids = (0..<page.count("content")).compactMap { page["content.\($0).\(member)"] }
        return ids.joined(separator: " ") + " / " + (page["pagination.totalCount"] ?? "")
    }

    @Test("A record is sent with every property and its issues")
    func record() throws {
        let query = [("chargingSessionId", "S-3")]
        let page = try module.json("listAnomalies", query: query)
        #expect(page["pagination"] == #"{"totalCount":1,"page":0,"size":20}"#)
        #expect(page["content.0.anomalyType"] == "KWH_DECREASE")
        #expect(page["content.0.anomalyTypeId"] == "kwh-decrease")
        #expect(page["content.0.connectorId"] == "1")
        #expect(page["content.0.chargingPointId"] == "ST-1")
        #expect(page["content.0.ocppChargingStationId"] == "ST-1")
        #expect(page["content.0.evseId"] == "DE*2")
        #expect(page["content.0.dateOfAnomalyOccurrence"] == Bodies.time(135))
        #expect(page.count("content.0.issues") == 1)
        #expect(page["content.0.issues.0.statusName"] == "OPEN")
        #expect(page["content.0.issues.0.assignedTo"] == "null")
        _ = try module.json(
            "updateSession", path: ["S-6"], #"{"metadata":{"station":{"ocppChargingStationId":"CP-2"}}}"#)
        let other = try module.json("listAnomalies", query: [("chargingPointId", "ST-2")])
        #expect(other["content.0.ocppChargingStationId"] == "CP-2")
        #expect(other["content.0.evseId"] == "null")
    }

    @Test(
        "Filters of records, alone and together",
        arguments: [
            ("anomalyType=ENERGY_NEGATIVE", "S-2 S-1 / 2"), ("anomalyType=POWER_SPIKE", " / 0"),
            ("connectorId=2&anomalyType=KWH_DECREASE", "S-2 / 1"), ("chargingPointId=ST-2", "S-5 / 1"),
            ("chargingPointId=st-2", " / 0"), ("evseId=DE*2", "S-3 / 1"), ("evseId=DE*1&chargingSessionId=S-3", " / 0"),
            ("occurrenceFrom=2026-06-14T08:15:00Z", "S-2 S-1 S-5 S-4 / 4"),
            ("occurrenceFrom=2026-06-14T08:15:00Z&occurrenceTo=2026-06-14T09:15:00Z", "S-4 / 1"),
            ("anomalyIssuesStatus=OPEN&anomalyType=ENERGY_NEGATIVE", "S-2 S-1 / 2"),
            ("anomalyIssuesStatus=RESOLVED", " / 0"), ("assignedTo=usr_1", " / 0"),
        ])
    func filters(query: String, expected: String) throws {
        #expect(try list("listAnomalies", query) == expected)
    }

    @Test("The latest update first, by risk on request, and ties by identifier")
    func orders() throws {
        #expect(try list("listAnomalies", "anomalyType=KWH_DECREASE") == "S-2 S-1 S-5 S-4 S-3 / 5")
        module.execute("UPDATE anomalies SET risk = 0.9 WHERE session_id IN ('S-4', 'S-2')")
        module.execute("UPDATE anomalies SET risk = 0.6 WHERE session_id IN ('S-1', 'S-3', 'S-5')")
        let onlyFalls = "anomalyType=KWH_DECREASE&sortByScore="
        #expect(try list("listAnomalies", onlyFalls + "desc") == "S-2 S-4 S-1 S-5 S-3 / 5")
        #expect(try list("listAnomalies", onlyFalls + "asc") == "S-1 S-5 S-3 S-2 S-4 / 5")
        module.execute("UPDATE anomalies SET updated_at = 1781500000000, risk = 0.7")
        let ids = try list("listAnomalies", "sortByScore=asc", "id")
        #expect(ids == ids.dropLast(4).split(separator: " ").sorted().joined(separator: " ") + " / 7")
    }

    @Test("Windows are half-open, and one that ends before it begins is refused")
    func windows() throws {
        let bound = try #require(try module.json("listAnomalies")["content.0.dateOfLastUpdate"])
        #expect(try list("listAnomalies", "updateFrom=\(bound)") == "S-2 S-2 / 2")
        #expect(try list("listAnomalies", "updateTo=\(bound)&anomalyType=ENERGY_NEGATIVE") == "S-1 / 1")
        for (operation, name) in [
            ("listAnomalies", "update"), ("listAnomalies", "occurrence"), ("listAnomalyConnectors", "occurrence"),
            ("listAnomalySessions", "occurrence"),
        ] {
            let query = [("\(name)From", bound), ("\(name)To", bound)]
            let answer = try module.send(operation, query: query)
            #expect(answer.status == 422)
            #expect(answer.findings.map(\.path) == ["\(name)To"])
            #expect(answer.findings.map(\.code) == ["out_of_range"])
        }
    }

    @Test("Pages, and a page past the end")
    func pages() throws {
        #expect(try list("listAnomalies", "page=1&pageSize=3") == "S-1 S-5 S-4 / 7")
        for operation in ["listAnomalies", "listAnomalyConnectors", "listAnomalySessions"] {
            let past = try module.json(operation, query: [("page", "9"), ("pageSize", "3")])
            #expect(past["content"] == "[]")
            #expect(past["pagination.page"] == "9")
            #expect(past["pagination.totalCount"] != "0")
        }
    }

    @Test("Records summed up by connector; sessions without one are left out, and invalid ones enter no figure")
    func connectors() throws {
        #expect(try list("listAnomalyConnectors", "", "connectorId") == "2 1 1 / 3")
        let page = try module.json("listAnomalyConnectors")
        #expect(page["content.0.anomalyCount"] == "2")
        #expect(page["content.1.anomalyCount"] == "3")
        #expect(page["content.1.chargingPointId"] == "ST-1")
        #expect(page["content.1.evseId"] == "DE*2")
        #expect(page["content.2.evseId"] == "null")
        #expect(
            page["content.1.anomalyTypes"]
                == #"[{"type":"KWH_DECREASE","typeId":"kwh-decrease","count":2},"#
                + #"{"type":"ENERGY_NEGATIVE","typeId":"energy-negative","count":1}]"#)
        #expect(page["content.1.detectionDate"] == RFC3339.string(milliseconds: 1_781_500_001_000))
        #expect(page["content.1.lastUpdate"] == RFC3339.string(milliseconds: 1_781_500_007_000))
        #expect(try list("listAnomalyConnectors", "sortBy=-anomalyCount", "anomalyCount") == "3 2 1 / 3")
        #expect(try list("listAnomalyConnectors", "sortBy=detectionDate", "chargingPointId") == "ST-1 ST-1 ST-2 / 3")
        let negative = "anomalyType=ENERGY_NEGATIVE&connectorId=1"
        #expect(try list("listAnomalyConnectors", negative, "anomalyCount") == "1 / 1")
        _ = try module.json("updateSession", path: ["S-5"], #"{"status":"invalid"}"#)
        #expect(try list("listAnomalyConnectors", "", "connectorId") == "2 1 / 2")
        #expect(try list("listAnomalies", "chargingPointId=ST-2") == "S-5 / 1", "still listed")
    }

    @Test("Records summed up by session")
    func sessions() throws {
        #expect(try list("listAnomalySessions", "") == "S-2 S-1 S-5 S-4 S-3 / 5")
        #expect(try list("listAnomalySessions", "sortBy=detectionDate") == "S-1 S-2 S-3 S-4 S-5 / 5")
        #expect(try list("listAnomalySessions", "anomalyType=ENERGY_NEGATIVE&sortBy=lastUpdate") == "S-1 S-2 / 2")
        #expect(try list("listAnomalySessions", "chargingSessionId=S-4") == "S-4 / 1")
        #expect(try list("listAnomalySessions", "occurrenceTo=2026-06-14T06:15:00Z") == "S-1 / 1")
        module.execute("UPDATE anomalies SET risk = 0.9 WHERE session_id = 'S-3'")
        #expect(try list("listAnomalySessions", "sortBy=-aiRiskScore&pageSize=1").hasPrefix("S-"))
        let page = try module.json("listAnomalySessions", query: [("chargingSessionId", "S-3")])
        #expect(page["content.0.aiRiskScore"] == "0.9")
        #expect(page["content.0.anomalyCount"] == "1")
        #expect(
            page["content.0.anomalyTypes"] == #"[{"type":"KWH_DECREASE","typeId":"kwh-decrease","count":1}]"#)
        #expect(page["content.0.id"]?.utf8.count == 36)
    }

    @Test("Sessions with records in a window and outside of it stand between the others, on every page")
    func sessionsOfWindows() throws {
        let late = "occurrenceFrom=2026-06-14T08:15:00Z"
        #expect(try list("listAnomalySessions", late) == "S-2 S-1 S-5 S-4 / 4")
        #expect(try list("listAnomalySessions", late + "&occurrenceTo=2026-06-14T09:15:00Z") == "S-4 / 1")
        #expect(try list("listAnomalySessions", late, "anomalyCount") == "1 1 1 1 / 4")
        #expect(try list("listAnomalySessions", "occurrenceFrom=2026-06-14T11:00:00Z") == " / 0")
        for window in ["occurrenceFrom=2010-01-01T00:00:00Z", late, "occurrenceTo=2026-06-14T09:15:00Z"] {
            for order in ["aiRiskScore", "-aiRiskScore", "-anomalyCount", "detectionDate", "-lastUpdate"] {
                let query = "\(window)&sortBy=\(order)"
                let whole = try list("listAnomalySessions", query).split(separator: " ")
                for size in 1...3 {
                    let pages = try (0..<5).flatMap { page in
                        try list("listAnomalySessions", "\(query)&page=\(page)&pageSize=\(size)")
                            .split(separator: " ").dropLast(2)
                    }
                    #expect(pages == Array(whole.dropLast(2)).prefix(5 * size).map { $0 }, "\(query) \(size)")
                }
            }
        }
    }

    @Test("An anomaly in full")
    func detail() throws {
        let detail = try module.json("getAnomalyDetail", path: ["S-2", "kwh-decrease"])
        #expect(detail["sessionId"] == "S-2")
        #expect(detail["clientId"] == "acme")
        #expect(detail["connectorId"] == "2")
        #expect(detail["chargingPointId"] == "ST-1")
        #expect(detail["ocppChargingStationId"] == "ST-1")
        #expect(detail["evseId"] == "DE*1")
        #expect(detail["detectionLevel"] == "SESSION")
        #expect(detail["anomalyCategory.id"] == "kwh-decrease")
        #expect(detail["anomalyCategory.name"] == "Register decrease")
        #expect(detail["anomalyPeriod.start"] != "null")
        #expect(detail.count("riskScoreTimeline") == 2)
        #expect(detail["riskScoreTimeline.1.timestamp"] == detail["lastUpdateDate"])
        #expect(detail["riskScoreTimeline.1.riskScore"] == detail["currentRiskScore"])
        #expect(detail.count("issues") == 1)
        #expect(detail.count("meterValues") == 5)
        #expect(
            detail["meterValues.0"]
                == #"{"timestamp":"\#(Bodies.time(60))","energy":18000,"stateOfCharge":null,"power":null,"soc":null}"#)
    }

    @Test("The highest risk outlives the finding, and the chart is that of the present readings")
    func detailAfterwards() throws {
        let before = try module.json("getAnomalyDetail", path: ["S-1", "kwh-decrease"])
        module.now += 1000
        _ = try module.json("replaceSession", path: ["S-1"], Bodies.change(Bodies.clean()))
        let after = try module.json("getAnomalyDetail", path: ["S-1", "kwh-decrease"])
        #expect(after["currentRiskScore"] == "0")
        #expect(after["anomalyCategory.maxScore"] == before["anomalyCategory.maxScore"])
        #expect(after["anomalyPeriod"] == before["anomalyPeriod"])
        #expect(after.count("meterValues") == 4)
        #expect(after.count("riskScoreTimeline") == 3)
    }

    @Test(
        "What was never found is not there",
        arguments: [
            ["S-9", "kwh-decrease"], ["S-6", "kwh-decrease"], ["S-1", "power-spike"], ["S-1", "KWH_DECREASE"],
        ])
    func missing(path: [String]) throws {
        let answer = try module.send("getAnomalyDetail", path: path)
        #expect(answer.status == 404)
        #expect(answer.reason == "not_found")
    }

    @Test("A long chart and a long history are thinned, and keep what must be seen")
    func thinned() throws {
        let values = (0..<3000).map { Bodies.register($0, 100 + Double($0) / 5 - ($0 > 1777 ? 3 : 0)) }
        module.now += 10 * 86_400_000
        try create("S-7", connector: "1", values)
        module.execute(
            """
            INSERT INTO anomaly_history (anomaly_id, position, analyzed_at, risk)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            SELECT (SELECT anomaly_id FROM anomalies WHERE session_id = 'S-7'), i, 1790000000000 + i,
            CASE WHEN i = 3333 THEN 0.97 ELSE 0.5 END FROM n
            """)
        let detail = try module.json("getAnomalyDetail", path: ["S-7", "kwh-decrease"])
        // A point that is kept in any case may be the choice of its bucket too.
        #expect((1995...2000).contains(detail.count("meterValues")))
        let points = detail.count("riskScoreTimeline")
        #expect((1995...2000).contains(points))
        #expect(detail["anomalyCategory.maxScore"] == "0.97")
        let times = (0..<2000).compactMap { detail["meterValues.\($0).timestamp"] }
        #expect(times == times.sorted())
        #expect(times.first == Bodies.time(0))
        #expect(times.last == Bodies.time(2999))
        for end in ["start", "end"] { #expect(times.contains(try #require(detail["anomalyPeriod.\(end)"]))) }
        let risks = (0..<2000).compactMap { detail["riskScoreTimeline.\($0).riskScore"] }
        #expect(risks.filter { $0 == "0.97" }.count == 1)
        #expect(detail["riskScoreTimeline.\(points - 1).timestamp"] == RFC3339.string(milliseconds: 1_790_000_005_000))
    }
}
