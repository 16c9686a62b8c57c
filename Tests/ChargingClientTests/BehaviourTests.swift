import ChargingClient
import Foundation
import GantryThreads
import Testing

@Suite("How the client behaves")
struct BehaviourTests {
    private func answer(_ status: Int, _ body: String, headers: [String: String] = [:]) -> ClientResponse {
        ClientResponse(status: status, headers: headers, body: Data(body.utf8))
    }

    @Test("A rate limit is waited for, and the request sent again")
    func rateLimit() async throws {
        let transport = RecordingTransport([
            answer(429, "{}", headers: ["retry-after": "1"]), answer(200, #"{"sessionId":"S","answer":"Yes."}"#),
        ])
        let waits = Lock<[Duration]>([])
        let client = ChargingClient(transport: transport, key: "k") { pause in waits.withLock { $0.append(pause) } }
        #expect(try await client.askSession("S", "?").answer == "Yes.")
        #expect(waits.withLock { $0 } == [.seconds(1)])
        #expect(transport.requests.count == 2)
        #expect(transport.requests[0] == transport.requests[1])
    }

    @Test("A rate limit that does not end is an error")
    func rateLimitWithoutEnd() async throws {
        let transport = RecordingTransport([answer(429, #"{"error":{"message":"Slow down.","details":{}}}"#)])
        var client = ChargingClient(transport: transport, key: "k")
        client.greatestRetries = 0
        await #expect(throws: ChargingClientError.self) { try await client.getStatistics() }
        #expect(transport.requests.count == 1)
    }

    @Test("A refusal names its reason and its fields")
    func refusal() async throws {
        let body = #"""
            {"error":{"code":"VALIDATION_ERROR","message":"Bad.","details":{"reason":"validation_failed",
            "errors":[{"field":"lang","code":"invalid_format","message":"No."}]}}}
            """#
        let client = ChargingClient(transport: RecordingTransport([answer(422, body)]), key: "k")
        let error = try await #require(throws: ChargingClientError.self) { try await client.explainSession("S") }
        #expect(error.status == 422)
        #expect(error.reason == "validation_failed")
        #expect(error.fields.map(\.field) == ["lang"])
    }

    @Test("All pages are read, and no more")
    func pages() async throws {
        let station = { (id: String) in
            #"{"id":"1","ocppChargingStationId":"\#(id)","chargingStationId":"\#(id)","totalAnomalies":0}"#
        }
        let page = { (ids: [String], number: Int) in
            answer(
                200,
                #"{"content":[\#(ids.map(station).joined(separator: ","))],"#
                    + #""pagination":{"totalCount":3,"page":\#(number),"size":2}}"#)
        }
        let transport = RecordingTransport([page(["A", "B"], 0), page(["C"], 1)])
        let client = ChargingClient(transport: transport, key: "k")
        var seen: [String] = []
        for try await station in ChargingClient.all(
            pageSize: 2, { try await client.listStations(page: $0, pageSize: $1) })
        {
            seen.append(station.chargingStationId)
        }
        #expect(seen == ["A", "B", "C"])
        #expect(
            transport.requests.map(\.target) == ["/v1/stations?page=0&pageSize=2", "/v1/stations?page=1&pageSize=2"])
    }

    @Test("Identifiers are encoded in paths, and changes tell clearing from keeping")
    func encoding() async throws {
        let transport = RecordingTransport([answer(200, #"{"id":"1","statusName":"OPEN"}"#)])
        let client = ChargingClient(transport: transport, key: "k")
        _ = try await client.updateIssue("a/b ?", IssueChange(status: .open))
        _ = try await client.updateIssue("i", IssueChange(status: .open, assignedTo: .clear))
        #expect(transport.requests[0].target == "/v1/anomalies/issues/a%2Fb%20%3F")
        #expect(
            transport.requests.map { String(decoding: $0.body ?? Data(), as: UTF8.self) }[0] == #"{"status":"OPEN"}"#)
        let cleared = try JSONSerialization.jsonObject(with: transport.requests[1].body ?? Data()) as? [String: Any]
        #expect(cleared?["assignedTo"] is NSNull)
    }
}
