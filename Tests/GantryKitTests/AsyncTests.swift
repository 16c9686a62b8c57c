import GantryKit
import GantryKitTesting
import Patient
import Testing

@Suite("Handlers that await")
struct AsyncTests {
    private func host(_ setup: TestHost.Setup = .init()) throws -> TestHost {
        let host = try TestHost(PatientModule.self, setup)
        try host.database.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        return host
    }

    @Test("All pieces run on the host's threads: after awaiting, in child tasks, after sleeping")
    func threads() throws {
        let host = try host()
        let threads: [UInt64] = try host.call("pieces").decode()
        #expect(threads.count == 6)
        let own = host.threadNumbers
        #expect(threads.allSatisfy { own.contains($0) }, "\(threads) \(own)")
    }

    @Test("The copy says what the request said")
    func copy() throws {
        let reply = try host().call(
            "echo", parameters: ["one"], query: [("q", "two")], json: #"{"name": "zoë"}"#, as: .user("ada"))
        #expect(reply.status == 200)
        #expect(reply.text == #"{"first":"one","name":"zoë","q":"two"}"# || reply.text.contains("zoë"))
    }

    @Test("What is thrown later is the answer, or 500 and a line in the log")
    func failures() throws {
        let host = try host()
        #expect(try host.call("missing").reason == "not_found")
        let broken = try host.call("broken")
        #expect(broken.status == 500)
        #expect(host.logs.last?.fields["error"] == "Broken()")
    }

    @Test("A handler is cancelled when the client leaves")
    func clientLeaves() throws {
        let host = try host()
        host.clientLeaves(after: .milliseconds(20))
        #expect(throws: TestFailure.self) { try host.call("endless", parameters: ["0"]) }
        try host.stop()
        #expect(PatientModule.cancellations[0].now == 1)
    }

    @Test("An instance that closes waits for its handlers, and cancels those that do not end")
    func quiesce() throws {
        let host = try host()
        let pending = try host.start("endless", parameters: ["1"])
        try host.stop(within: .milliseconds(200))
        #expect(PatientModule.cancellations[1].now == 1)
        #expect(pending.response?.status == 500)
    }

    @Test("Transactions wait without a thread, and refuse what the host refuses")
    func database() throws {
        let host = try host()
        host.transactionRuns = 2
        #expect(try host.call("store", parameters: ["a"]).text == "[1,1]")
        #expect(try host.call("store", parameters: ["b"]).text == "[2,2]")
        #expect(host.published.map(\.key) == ["a", "b"])
        #expect(try host.call("refusedWrite").text == "denied: pragmas are set by the host")
        #expect(host.functionsCalled.contains("gantry.database submit"))
        #expect(!host.functionsCalled.contains("gantry.database transact"))
    }

    @Test("The outside answers as scripted")
    func outside() throws {
        let host = try host()
        host.onOutbound { request in
            OutboundResponse(status: request.url.hasSuffix("rain") ? 200 : 404, body: Array("wet".utf8))
        }
        #expect(try host.call("fetch", parameters: ["rain"]).text == "wet")
        #expect(try host.call("fetch", parameters: ["sun"]).status == 404)
        #expect(host.outboundRequests.map(\.url) == ["https://weather.example/rain", "https://weather.example/sun"])
    }

    @Test("What comes piece by piece from the outside is handed on as fast as the client reads")
    func download() throws {
        let host = try host()
        host.streamCredit = 3
        host.onOutbound { _ in OutboundResponse(body: Array("rain and wind".utf8)) }
        let reply = try host.call("download")
        #expect(reply.text == "rain and wind")
        #expect(host.functionsCalled.contains("gantry.http_client resume"))
        host.onOutbound { _ in throw HostError(.failed, message: "no connection") }
        #expect(try host.call("download").status == 500)
        #expect(host.logs.last?.fields["error"]?.contains("no connection") == true)
    }

    @Test("Spans stand one below the other")
    func spans() throws {
        let host = try host()
        host.nowMilliseconds = 1_767_225_600_000
        #expect(try host.call("span").text == "2026-01-01T00:00:01Z")
        #expect(
            host.spans == [
                TestSpan(name: "outer", parent: nil, attributes: ["k": "v"], status: .ok),
                TestSpan(name: "inner", parent: "outer", status: .ok),
            ])
    }

    @Test("Bodies go piece by piece, as fast as the client reads", arguments: ["export", "syncExport"])
    func export(operation: String) throws {
        let host = try host()
        host.streamCredit = 4
        let reply = try host.call(operation)
        #expect(reply.text == "page 0\npage 1\npage 2\n")
        #expect(reply.pieces.allSatisfy { $0.count <= 4 })
        #expect(reply.contentType == "text/plain")
    }

    @Test("A stream that fails is broken off, one that has not begun answers")
    func brokenStreams() throws {
        let host = try host()
        let half = try host.call("halfExport")
        #expect(half.isBrokenOff && half.text == "page 0\n")
        #expect(try host.call("noExport").reason == "not_ready")
        #expect(try host.call("tick").text == "event: tick\nid: 1\ndata: a\ndata: b\n\n")
    }

    @Test("A body is read as it arrives", arguments: ["upload", "syncUpload"])
    func upload(operation: String) throws {
        #expect(try host().call(operation, pieces: [[1, 2, 3], [4, 5, 6, 7, 8], [9]]).text == "9")
    }

    @Test("Events and jobs wait on the host's thread that brought them")
    func background() throws {
        let host = try host()
        try host.deliver("onThing", json: ["name": "x"])
        #expect(try host.database.int("SELECT count(*) FROM things WHERE name = 'x'") == 1)
        let thread = host.logs.last?.fields["id"].flatMap { UInt64($0) }
        #expect(thread == PatientModule.thread())
        let error = #expect(throws: HostError.self) { try host.run(job: "slow", payload: ["n": 1], attempt: 3) }
        #expect(error?.status == .busy && error?.message == "attempt 3 (busy)")
    }
}
