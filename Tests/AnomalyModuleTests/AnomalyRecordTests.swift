import GantryKit
import Testing

@Suite("Anomaly records and their issues")
struct AnomalyRecordTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    private var issues: Int? { module.value("SELECT COUNT(*) FROM anomaly_issues") }
    private var detections: Int { module.events("anomaly.detected").count }

    private func replace(_ readings: [String]) throws {
        module.now += 60_000
        _ = try module.json("replaceSession", path: ["S-1"], Bodies.change(readings))
    }

    @Test("A record keeps its identifier, opens one issue, and gets a point for each analysis")
    func persists() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        try replace(Bodies.falling())
        #expect(module.value("SELECT COUNT(*) FROM anomalies") == 1)
        #expect(issues == 1)
        #expect(detections == 1)
        #expect(module.value("SELECT COUNT(*) FROM anomaly_history") == 2)
        try replace(Bodies.clean())
        #expect(module.value("SELECT COUNT(*) FROM anomalies WHERE risk = 0") == 1)
        #expect(module.value("SELECT COUNT(*) FROM anomaly_history WHERE risk = 0") == 1)
        try replace(Bodies.falling())
        #expect(detections == 2)
        #expect(issues == 1, "the first issue is still open")
        #expect(module.value("SELECT history_points FROM anomalies") == 4)
        #expect(module.value("SELECT COUNT(DISTINCT position) FROM anomaly_history") == 4)
    }

    @Test("A closed finding that persists stays closed")
    func closed() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        let later = Bodies.origin + 10 * 3_600_000
        module.execute("UPDATE anomaly_issues SET status = 'RESOLVED', closed_at = \(later)")
        try replace(Bodies.falling())
        #expect(issues == 1)
        #expect(detections == 1)
    }

    @Test("A closed issue is followed by another after an analysis without the category")
    func reopensAfterAbsence() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        module.execute("UPDATE anomaly_issues SET status = 'DISMISSED', closed_at = \(Bodies.origin + 36_000_000)")
        try replace(Bodies.clean())
        try replace(Bodies.falling())
        #expect(issues == 2)
        #expect(detections == 2)
        let second = try #require(module.events("anomaly.detected").last)
        #expect(second["anomalyId"] == module.events("anomaly.detected").first?["anomalyId"])
        #expect(second["issueId"] != module.events("anomaly.detected").first?["issueId"])
    }

    @Test("A closed issue is followed by another for a stretch that starts later")
    func reopensForLaterStretch() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        module.execute("UPDATE anomaly_issues SET status = 'RESOLVED', closed_at = \(Bodies.origin + 3_600_000)")
        try replace(Bodies.falling(from: 120))
        #expect(issues == 2)
        #expect(detections == 2)
    }

    @Test(
        "A discarded verdict is no analysis: what the next one finds again is no news, and a closed issue stays closed")
    func discarded() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        let updatedAt = module.value("SELECT updated_at FROM anomalies")
        module.execute("UPDATE anomaly_issues SET status = 'RESOLVED', closed_at = \(Bodies.origin + 36_000_000)")
        try replace(Bodies.clean(count: 2))
        #expect(module.value("SELECT COUNT(*) FROM anomalies WHERE risk = 0 AND is_active = 0") == 1)
        #expect(module.value("SELECT updated_at FROM anomalies") == updatedAt)
        #expect(module.value("SELECT COUNT(*) FROM anomaly_history") == 1)
        try replace(Bodies.falling())
        #expect(detections == 1)
        #expect(issues == 1)
        #expect(module.value("SELECT COUNT(*) FROM anomaly_history") == 2)
    }

    @Test("An issue that is closed after an analysis without the category is followed by another")
    func closedAfterAbsence() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        try replace(Bodies.clean())
        module.execute("UPDATE anomaly_issues SET status = 'RESOLVED', closed_at = \(module.now + 36_000_000)")
        try replace(Bodies.falling())
        #expect(issues == 2)
        #expect(detections == 2)
    }

    @Test("A session whose pipeline breaks keeps its readings without a verdict, and the next write tries again")
    func broken() throws {
        func verdict(_ operation: String, _ body: String) throws -> JSONDocument {
            module.now += 60_000
            return try module.json(operation, path: operation == "createSession" ? [] : ["S-1"], body)
        }
        #expect(try verdict("createSession", Bodies.session("S-1", Bodies.falling()))["isAnomaly"] == "true")
        // A model that no training makes: its confidence is the difference of two infinities.
        let parameters = #"{"severity.fall":1e-9,"confidence.slope":1.7e308,"confidence.excess":-1.7e308}"#
        module.execute(
            """
            INSERT INTO models \
            (model_id, name, type, number, version, base_model, metrics, status, parameters, created_at) \
            VALUES ('m-1', 'Broken', 'csar_2', 1, '2.1.1', 'base-csar-2', '{}', 'active', '\(parameters)', 1)
            """)
        let broken = try verdict("updateSession", Bodies.change([Bodies.register(60, 18_004)]))
        for member in ["isAnomaly", "anomalyScore", "anomalies", "analyzedAt", "socReconstructed"] {
            #expect(broken[member] == "null")
        }
        #expect(
            broken["message"] == "The analysis did not succeed. The readings are kept, and the next write tries again.")
        #expect(try module.json("getSession", path: ["S-1"]).count("meterValues") == 5)
        #expect(module.value("SELECT COUNT(*) FROM anomalies WHERE risk = 0") == 1)
        #expect(try module.json("getStatistics")["totalSessions"] == "1")
        let created = try module.json("createSession", Bodies.session("S-2", Bodies.falling()))
        #expect(created["isAnomaly"] == "null")
        module.execute("DELETE FROM models WHERE model_id = 'm-1'")
        #expect(try verdict("updateSession", "{}")["isAnomaly"] == "null", "nothing was written")
        let again = try verdict("updateSession", #"{"metadata":{"a":1}}"#)
        #expect(again["isAnomaly"] == "true")
        #expect(again["message"] == "null")
        #expect(detections == 1, "the analysis before found it too")
    }

    @Test("A category recurs within 30 days on the same connector")
    func recurs() throws {
        func recurring(_ id: String, station: String = "ST-1", connector: String? = "1", days: Int64) throws -> String?
        {
            module.now = Bodies.origin + days * 86_400_000 + 3_600_000
            let body = Bodies.session(id, station: station, connector: connector, Bodies.falling())
            return try module.json("createSession", body)["isRecurring"]
        }
        #expect(try recurring("S-1", days: 0) == "false")
        #expect(try recurring("S-2", connector: "2", days: 1) == "false")
        #expect(try recurring("S-3", station: "ST-2", days: 1) == "false")
        #expect(try recurring("S-4", connector: nil, days: 1) == "false")
        #expect(try recurring("S-5", connector: nil, days: 2) == "true")
        #expect(try recurring("S-6", days: 30) == "true")
        _ = try module.json("updateSession", path: ["S-6"], #"{"status":"invalid"}"#)
        #expect(try recurring("S-7", days: 31) == "false", "one is too old, the other invalid")
    }
}
