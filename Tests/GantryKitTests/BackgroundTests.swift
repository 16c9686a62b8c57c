import GantryKit
import GantryKitTesting
import Testing

@Suite("Events and jobs")
struct BackgroundTests {
    @Test("An event reaches its handler")
    func event() throws {
        let host = try TestHost.sample()
        try host.deliver("onSigned", json: ["author": "Ada"], id: "e-1", attempt: 2)
        #expect(try host.database.rows("SELECT * FROM signings") == [[.text("e-1"), .text("Ada"), .integer(2)]])
    }

    @Test("What a handler throws becomes a status and a message for the host")
    func failing() throws {
        let host = try TestHost.sample()
        let error = #expect(throws: HostError.self) { try host.deliver("onOther", json: ["a": 1]) }
        #expect(error?.status == .failed)
        #expect(error?.message == "Broken()")
        #expect(throws: HostError.self) { try host.deliver("onSigned", json: ["a": 1]) }
    }

    @Test("A job runs with its payload")
    func job() throws {
        let host = try TestHost.sample()
        try host.run(job: "batch", payload: ["n": 5])
        #expect(host.logs.last?.message == "run")
        #expect(host.logs.last?.fields["n"] == "5")
    }

    @Test("A queued job runs when it is due, and stays queued while it fails")
    func queue() throws {
        let host = try TestHost.sample()
        _ = try host.call("store")
        #expect(host.jobs.map(\.name) == ["batch"])
        host.nowMilliseconds = 98
        #expect(try host.runJobs() == 0)
        host.advance(by: .milliseconds(1))
        #expect(try host.runJobs() == 1)
        #expect(host.jobs.isEmpty)
    }

    @Test("A message that is too long for the host's record is cut between two characters")
    func longMessage() throws {
        let host = try TestHost.sample()
        let error = #expect(throws: HostError.self) { try host.run(job: "verbose", payload: ["n": 1]) }
        #expect(error?.status == .failed)
        #expect(error?.message == "x" + String(repeating: "é", count: 511))
    }

    @Test("One instance handles calls on several threads at once")
    func concurrency() async throws {
        let host = try TestHost.sample()
        let statuses = await withTaskGroup(of: Int?.self) { group in
            for index in 0..<400 {
                group.addTask {
                    let operation = index.isMultiple(of: 2) ? "hello" : "store"
                    return try? host.call(operation, parameters: ["Ada"], json: "{}").status
                }
            }
            return await group.reduce(into: [Int?]()) { $0.append($1) }
        }
        #expect(statuses.count == 400)
        #expect(statuses.allSatisfy { $0 == 200 })
        #expect(host.published.count == 400)
    }
}
