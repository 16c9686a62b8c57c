import ChargingClient
import Foundation
import GantryThreads
import SessionImport
import Testing

@Suite("Accounting for every row")
struct AccountingTests {
    private func sessions(_ count: Int) -> [NewSession] {
        (0..<count).map { NewSession(sessionId: "s\($0)", chargingStationId: "a") }
    }

    private func result(_ id: String, _ members: String) throws -> SessionResult {
        try JSONDecoder().decode(SessionResult.self, from: Data("{\"sessionId\":\"\(id)\",\(members)}".utf8))
    }

    private func refusal(_ fields: [(String, String)]) throws -> ChargingClientError {
        let errors = fields.map { #"{"field":"\#($0.0)","code":"\#($0.1)","message":"No."}"# }.joined(separator: ",")
        return ChargingClientError(
            status: 422,
            body: Data(
                #"{"error":{"code":"V","message":"m","details":{"reason":"validation_failed","errors":[\#(errors)]}}}"#
                    .utf8))
    }

    @Test("Outcomes are counted by what they are")
    func outcomes() async throws {
        let outcomes = [
            #""status":"completed","isAnomaly":false,"anomalies":[]"#,
            #""status":"completed","isAnomaly":true,"anomalies":[{"category":"A","score":1,"confidence":1},"#
                + #"{"category":"B","score":1,"confidence":1}]"#,
            #""status":"active","isAnomaly":null,"anomalies":null"#,
            #""status":"failed","message":"A session with this sessionId is already stored.""#,
            #""status":"failed","message":"metadata.station: Too large.""#,
        ]
        let importer = Importer { sent, onProgress in
            onProgress(sent.count)
            return try zip(sent, outcomes).map { try result($0.sessionId, $1) }
        }
        var summary = ImportSummary()
        summary.count([.unreadable("no date"), .unreadable("no date")])
        #expect(summary.isComplete)
        summary = ImportSummary()
        var progress: [Int] = []
        try await importer.send(sessions(5), summary: &summary) { progress.append($0) }
        #expect(summary.clean == 1)
        #expect(summary.anomalous == 1)
        #expect(summary.categories == ["A": 1, "B": 1])
        #expect(summary.findings == ["s1": ["A", "B"]])
        #expect(summary.withoutVerdict == 1)
        #expect(summary.alreadyStored == 1)
        #expect(summary.refused == ["metadata.station: Too large.": 1])
        #expect(progress.last == 5)
        #expect(!summary.isComplete, "no row of the file was counted")
    }

    @Test("What the product objects to is taken out, and the rest is sent again")
    func refused() async throws {
        let importer = Importer { sent, _ in
            let bad = sent.indices.filter { ["s1", "s3"].contains(sent[$0].sessionId) }
            if let first = bad.first {
                throw try refusal([
                    ("sessions.\(first).meterValues.1.timestamp", "out_of_range"), ("sessions.\(first).x", "other"),
                ])
            }
            return try sent.map { try result($0.sessionId, #""status":"completed","isAnomaly":false,"anomalies":[]"#) }
        }
        var summary = ImportSummary()
        try await importer.send(sessions(5), summary: &summary) { _ in }
        #expect(summary.clean == 3)
        #expect(summary.refused == ["out_of_range: No.": 2])
    }

    @Test(
        "An error that names no session stops the import, and what was left is accounted for", arguments: [true, false])
    func stops(isRefusal: Bool) async throws {
        let importer = Importer { sent, _ in
            guard sent.count < 200 else {
                return try sent.map { try result($0.sessionId, #""status":"pending""#) }
            }
            throw isRefusal
                ? try refusal([("sessions", "too_many_items")])
                : ChargingClientError(status: 0, reason: "no_answer", message: "No.")
        }
        var summary = ImportSummary()
        await #expect(throws: ChargingClientError.self) {
            try await importer.send(sessions(210), summary: &summary) { _ in }
        }
        #expect(summary.withoutVerdict == 200)
        #expect(summary.unsent == 10)
    }

    @Test("Batches hold 200 sessions at most, and a batch that was given up is accounted for")
    func batches() async throws {
        let sizes = Lock<[Int]>([])
        let importer = Importer { sent, _ in
            sizes.withLock { $0.append(sent.count) }
            return try sent.dropLast(1).map { try result($0.sessionId, #""status":"pending""#) }
        }
        var summary = ImportSummary()
        try await importer.send(sessions(401), summary: &summary) { _ in }
        #expect(sizes.withLock { $0 } == [200, 200, 1])
        #expect(summary.withoutVerdict == 398)
        #expect(summary.refused == ["the batch was given up": 3])
    }

    @Test("The summary adds up and reads as JSON")
    func adds() throws {
        var summary = ImportSummary()
        summary.count([.unreadable("no date")])
        #expect(summary.isComplete)
        #expect(summary.text.contains("1 unreadable"))
        #expect(!summary.text.contains("do not add up"))
        let json = try summary.json().split(separator: "\n").map { $0.filter { $0 != " " } }
        #expect(json.contains(#""rows":1,"#))
        #expect(json.contains(#""unreadable":1,"#))
        #expect(json.contains(#""nodate":1"#))
    }
}
