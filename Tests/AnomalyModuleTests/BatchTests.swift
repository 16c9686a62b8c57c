import GantryKit
import GantryKitTesting
import Testing

@Suite("Batches")
struct BatchTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    private func submit(_ sessions: [String]) throws -> String {
        let accepted = try module.json("submitBatch", "{\"sessions\":[\(sessions.joined(separator: ","))]}")
        #expect(accepted["status"] == "pending")
        #expect(accepted["totalSessions"] == String(sessions.count))
        return try #require(accepted["batchId"])
    }

    private func read(_ batchId: String, query: [(String, String)] = []) throws -> JSONDocument {
        try module.json("getBatch", path: [batchId], query: query)
    }

    @Test("Each session is treated as if created singly")
    func treats() throws {
        _ = try module.json("createSession", Bodies.session("S-2"))
        let id = try submit([
            Bodies.session("S-1", Bodies.falling()), Bodies.session("S-2", Bodies.falling()),
            Bodies.session("S-3", nil),
        ])
        var batch = try read(id)
        #expect(batch["status"] == "pending")
        #expect(batch["results"] == "[]")
        #expect(batch["completedAt"] == "null")
        module.now += 5000
        #expect(try module.runJobs() == .ok)
        batch = try read(id.uppercased())
        #expect(batch["status"] == "completed")
        #expect(batch["processedSessions"] == "3")
        #expect(batch["failedSessions"] == "1")
        #expect(batch["results.0.anomalies.0.category"] == "KWH_DECREASE")
        #expect(batch["results.1.sessionId"] == "S-2")
        #expect(batch["results.1.status"] == "failed")
        #expect(batch["results.1.message"] == "A session with this sessionId is already stored.")
        #expect(batch["results.1.createdAt"] == "null")
        #expect(batch["results.2.status"] == "pending")
        #expect(module.value("SELECT reading_count FROM sessions WHERE session_id = 'S-2'") == 4)
        #expect(module.value("SELECT COUNT(*) FROM batch_bodies") == 0)
        let event = try #require(module.events("batch.completed").first)
        #expect(event["failedSessions"] == "1")
        #expect(event["completedAt"] == batch["completedAt"])
        #expect(module.events("session.created").count == 3)
    }

    @Test("What a session would do to its station beyond the limits fails that session alone")
    func failsAlone() throws {
        let large = String(repeating: "x", count: 9000)
        let sessions = ["a", "b", "c"].map { name in
            Bodies.session("S-\(name)", nil, #""metadata":{"station":{"\#(name == "c" ? "a" : name)":"\#(large)"}}"#)
        }
        let id = try submit(sessions)
        try module.runJobs()
        let batch = try read(id)
        #expect(batch["failedSessions"] == "1")
        #expect(batch["results.1.status"] == "failed")
        #expect(batch["results.1.message"]?.hasPrefix("metadata.station: ") == true)
        #expect(module.value("SELECT stored_sessions FROM connectors") == 2)
    }

    @Test("A run that is cut off goes on where it stopped, and stores nothing twice", arguments: [0, 1, 2])
    func cutOff(commits: Int) throws {
        let id = try submit((0..<40).map { Bodies.session("S-\($0)", Bodies.falling()) })
        module.failCommits(after: commits)
        #expect(try module.runJobs().isFailure)
        let cut = try read(id)
        #expect(cut["processedSessions"] == String(commits * 16))
        #expect(cut["status"] == (commits == 0 ? "pending" : "processing"))
        #expect(module.value("SELECT COUNT(*) FROM sessions") == commits * 16)
        #expect(cut["completedAt"] == "null")
        module.host.answerCommits([])
        #expect(try module.runJobs(attempt: 2) == .ok)
        #expect(try read(id)["processedSessions"] == "40")
        #expect(try read(id)["failedSessions"] == "0")
        #expect(module.events("session.created").count == 40)
        #expect(module.events("batch.completed").count == 1)
        #expect(try module.runJobs(attempt: 3) == .ok)
        #expect(module.events("batch.completed").count == 1)
    }

    @Test("A batch whose last session fails half-way ends all the same")
    func lastFails() throws {
        let large = String(repeating: "x", count: 9000)
        let id = try submit(
            ["a", "b"].map { name in
                Bodies.session("S-\(name)", nil, #""metadata":{"station":{"\#(name)":"\#(large)"}}"#)
            })
        try module.runJobs()
        #expect(try read(id)["status"] == "completed")
        #expect(try read(id)["failedSessions"] == "1")
        #expect(try #require(module.events("batch.completed").first)["processedSessions"] == "2")
    }

    @Test("An instance that closes interrupts a batch, and too many failed runs give it up")
    func givesUp() throws {
        let id = try submit([Bodies.session("S-1")])
        module.host.callsAreCancelled = true
        #expect(try module.runJobs(attempt: 9) == .cancelled)
        module.host.callsAreCancelled = false
        module.execute("UPDATE batch_bodies SET body = CAST('{' AS BLOB)")
        #expect(try module.runJobs(attempt: 4).isFailure)
        #expect(try read(id)["status"] == "pending")
        #expect(try module.runJobs(attempt: 5) == .ok)
        #expect(try read(id)["status"] == "failed")
        #expect(try #require(module.events("batch.completed").first)["status"] == "failed")
    }

    @Test("Results come in pages, in the order of submission")
    func pages() throws {
        let id = try submit((0..<7).map { Bodies.session("S-\($0)", nil) })
        try module.runJobs()
        let page = try read(id, query: [("page", "1"), ("pageSize", "3")])
        #expect((0..<3).map { page["results.\($0).sessionId"] } == ["S-3", "S-4", "S-5"])
        #expect(page["page"] == "1")
        #expect(page["pageSize"] == "3")
        #expect(try module.send("getBatch", path: ["not-a-batch"]).status == 404)
    }
}
