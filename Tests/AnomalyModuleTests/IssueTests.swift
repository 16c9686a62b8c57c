import GantryKit
import GantryKitTesting
import Testing

@Suite("Moving and assigning issues")
struct IssueTests {
    private let module: ModuleUnderTest
    private let issueId: String

    init() throws {
        module = try ModuleUnderTest()
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        issueId = try #require(try module.json("listAnomalies")["content.0.issues.0.id"])
        module.now += 60_000
    }

    private func update(_ body: String) throws -> ModuleUnderTest.Answer {
        try module.send("updateIssue", path: [issueId], body)
    }

    private var events: [JSONDocument] { module.events("anomaly.issue.updated") }

    @Test("A move is answered, published with who made it, and moves the record's date")
    func moves() throws {
        let reply = try module.host.call(
            "updateIssue", parameters: [issueId.uppercased()], json: #"{"status":"IN_PROGRESS"}"#, as: .user("usr_7"))
        #expect(reply.text == #"{"id":"\#(issueId)","statusName":"IN_PROGRESS","assignedTo":null}"#)
        let event = try #require(events.first)
        #expect(event["id"] == issueId)
        #expect(event["statusName"] == "IN_PROGRESS")
        #expect(event["assignedTo"] == "null")
        #expect(event["updatedBy"] == "usr_7")
        let record = try module.json("listAnomalies")
        #expect(event["anomalyId"] == record["content.0.id"])
        #expect(record["content.0.dateOfLastUpdate"] == RFC3339.string(milliseconds: module.now))
        #expect(record["content.0.issues.0.statusName"] == "IN_PROGRESS")
        #expect(try module.json("listAnomalies", query: [("anomalyIssuesStatus", "OPEN")])["content"] == "[]")
    }

    @Test(
        "Nothing changed, nothing published",
        arguments: [#"{"status":"OPEN"}"#, #"{"status":"OPEN","assignedTo":null}"#])
    func nothing(body: String) throws {
        let before = try module.json("listAnomalies")["content.0.dateOfLastUpdate"]
        #expect(try update(body).status == 200)
        #expect(events.isEmpty)
        #expect(try module.json("listAnomalies")["content.0.dateOfLastUpdate"] == before)
    }

    @Test("From each status to each other")
    func transitions() throws {
        let statuses = ["OPEN", "IN_PROGRESS", "RESOLVED", "DISMISSED"]
        for from in statuses {
            for to in statuses {
                let closes = from == "RESOLVED" || from == "DISMISSED"
                module.execute(
                    "UPDATE anomaly_issues SET status = '\(from)', closed_at = \(closes ? "1781500000000" : "NULL")")
                let count = events.count
                let answer = try update(#"{"status":"\#(to)"}"#)
                let isAllowed = from == to || !closes || to == "OPEN"
                #expect(answer.status == (isAllowed ? 200 : 409), "\(from) \(to)")
                if !isAllowed { #expect(answer.reason == "issue_transition_not_allowed") }
                #expect(events.count - count == (isAllowed && from != to ? 1 : 0), "\(from) \(to)")
                let isClosed = isAllowed ? to == "RESOLVED" || to == "DISMISSED" : closes
                #expect(module.value("SELECT COUNT(closed_at) FROM anomaly_issues") == (isClosed ? 1 : 0))
            }
        }
    }

    @Test("An issue that is not there", arguments: ["0a4f6c1e-7e3b-4f58-9d0c-5b1f0d6f2c11", "x", ""])
    func missing(id: String) throws {
        let answer = try module.send("updateIssue", path: [id], #"{"status":"OPEN"}"#)
        #expect(answer.status == 404)
        #expect(answer.reason == "not_found")
    }

    @Test("Only the newest issue says whether a record is active")
    func active() throws {
        func active() throws -> String? { try module.json("getStatistics")["activeAnomaliesCount"] }
        #expect(try active() == "1")
        #expect(try update(#"{"status":"RESOLVED"}"#).status == 200)
        #expect(try active() == "0")
        _ = try module.json("replaceSession", path: ["S-1"], Bodies.change(Bodies.clean()))
        _ = try module.json("replaceSession", path: ["S-1"], Bodies.change(Bodies.falling()))
        #expect(try active() == "1", "a further issue was opened")
        #expect(try update(#"{"status":"OPEN"}"#).status == 200)
        #expect(try update(#"{"status":"DISMISSED"}"#).status == 200)
        #expect(try active() == "1", "the newest is open still")
        let query = [("anomalyIssuesStatus", "DISMISSED")]
        #expect(try module.json("listAnomalies", query: query)["pagination.totalCount"] == "1")
        #expect(try module.json("listAnomalies").count("content.0.issues") == 2)
        _ = try module.json("updateSession", path: ["S-1"], #"{"status":"invalid"}"#)
        #expect(try active() == "0")
    }
}
