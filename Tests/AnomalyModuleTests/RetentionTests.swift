import GantryKit
import GantryKitTesting
import Testing

@testable import AnomalyModule

@Suite("Retention")
struct RetentionTests {
    private static let day: Int64 = 86_400_000

    /// A hundred sessions, ten a day.
    private func filled(_ configuration: String) throws -> ModuleUnderTest {
        let module = try ModuleUnderTest(configuration: configuration)
        for number in 0..<100 {
            if number % 10 == 0 { module.now += Self.day }
            let readings = number % 3 == 0 ? Bodies.falling() : Bodies.clean()
            _ = try module.json(
                "createSession", Bodies.session("S-\(number)", station: "ST-\(number % 4)", readings))
        }
        return module
    }

    private func run(_ module: ModuleUnderTest) throws {
        try module.host.run(job: "retention", data: Array("{}".utf8), attempt: 1)
    }

    @Test("Deleted sessions leave what there would be without them")
    func sessions() throws {
        let module = try filled(#"{"retention":{"sessionsDays":5}}"#)
        // Five days and a bit lie between the end of day 4 and now.
        module.now += 60_000
        try run(module)
        #expect(try module.send("getSession", path: ["S-49"]).status == 404)
        #expect(try module.send("getSession", path: ["S-50"]).status == 200)
        let page = try module.json("listSessions", query: [("pageSize", "100")])
        #expect(page["pagination.totalCount"] == "50")
        #expect(page.count("content") == 50)
        try SessionModel(module).expectBlocksAgree(module)
        // What is kept as sums agrees with a count of what is left.
        for (sum, count) in [
            ("SELECT SUM(stored_sessions) FROM connectors", "SELECT COUNT(*) FROM sessions"),
            ("SELECT SUM(anomalous_sessions) FROM connectors", "SELECT COUNT(*) FROM sessions WHERE is_anomaly = 1"),
            ("SELECT whole FROM figures WHERE kind = 0", "SELECT COUNT(*) FROM anomalies"),
            ("SELECT COUNT(*) FROM anomaly_issues", "SELECT COUNT(*) FROM anomalies"),
            ("SELECT COUNT(DISTINCT session_id) FROM session_readings", "SELECT COUNT(*) FROM sessions"),
        ] {
            #expect(module.value(sum) == module.value(count), "\(sum)")
            #expect(module.value(sum) != nil, "\(sum)")
        }
        #expect(
            module.value(
                """
                SELECT COUNT(*) FROM anomaly_history h \
                WHERE NOT EXISTS (SELECT 1 FROM anomalies a WHERE a.anomaly_id = h.anomaly_id)
                """) == 0)
        let statistics = try module.json("getStatistics")
        #expect(statistics["totalSessions"] == "50")
        try run(module)
        #expect(module.value("SELECT COUNT(*) FROM sessions") == 50)
    }

    @Test("Without configuration sessions and readings stay, and batches go after 30 days")
    func defaults() throws {
        let module = try filled("{}")
        let accepted = try module.json("submitBatch", "{\"sessions\":[\(Bodies.session("B-1"))]}")
        let batch = try #require(accepted["batchId"])
        try module.runJobs()
        let before = module.value("SELECT COUNT(*) FROM session_readings")
        module.now += 30 * Self.day - 1
        try run(module)
        #expect(try module.send("getBatch", path: [batch]).status == 200)
        module.now += 1000
        try run(module)
        #expect(try module.send("getBatch", path: [batch]).status == 404)
        #expect(module.value("SELECT COUNT(*) FROM batch_sessions") == 0)
        #expect(module.value("SELECT COUNT(*) FROM sessions") == 101)
        #expect(module.value("SELECT COUNT(*) FROM session_readings") == before)
    }

    @Test("A batch that has not ended is not deleted, however old")
    func openBatch() throws {
        let module = try filled("{}")
        let accepted = try module.json("submitBatch", "{\"sessions\":[\(Bodies.session("B-1"))]}")
        module.now += 300 * Self.day
        try run(module)
        #expect(try module.send("getBatch", path: [try #require(accepted["batchId"])]).status == 200)
    }

    @Test("Readings go before their sessions, which keep their verdicts and take further ones")
    func readings() throws {
        let module = try filled(#"{"retention":{"readingsDays":5}}"#)
        module.now += 60_000
        let before = try module.json("getSession", path: ["S-3"])
        try run(module)
        let after = try module.json("getSession", path: ["S-3"])
        #expect(after["meterValues"] == "[]")
        #expect(after["anomalyScore"] == before["anomalyScore"])
        #expect(after["isAnomaly"] == "true")
        #expect(module.value("SELECT COUNT(DISTINCT session_id) FROM session_readings") == 50)
        let appended = try module.json("updateSession", path: ["S-3"], Bodies.change(Bodies.clean(from: 300)))
        #expect(appended["isAnomaly"] == "false")
        #expect(try module.json("getSession", path: ["S-3"]).count("meterValues") == 4)
        try SessionModel(module).expectBlocksAgree(module)
    }

    @Test("A run that is cut off has deleted whole portions, and the next goes on", arguments: [0, 1, 2])
    func cutOff(commits: Int) throws {
        let module = try filled(#"{"retention":{"sessionsDays":1}}"#)
        module.now += 60_000
        // The first commit looks for sessions outside of blocks.
        module.failCommits(after: commits)
        #expect(throws: (any Error).self) { try run(module) }
        try SessionModel(module).expectBlocksAgree(module)
        module.host.answerCommits([])
        try run(module)
        #expect(module.value("SELECT COUNT(*) FROM sessions") == 10)
        try SessionModel(module).expectBlocksAgree(module)
    }
}
