import GantryKit
import Testing

@Suite("Listing sessions")
struct ListingTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
        for number in 0..<9 {
            let readings = number % 3 == 2 ? nil : number % 3 == 1 ? Bodies.falling() : Bodies.clean()
            let body = Bodies.session(
                "S-\(number)", station: number < 6 ? "ST-1" : "ST-2", readings, #""evseId":"DE*\#(number % 2)""#)
            _ = try module.json("createSession", body)
            // Three a minute, so that ties of the creation time are broken by the identifier.
            let time = Bodies.origin + Int64(number / 3) * 60_000
            module.execute("UPDATE sessions SET created_at = \(time) WHERE session_id = 'S-\(number)'")
        }
    }

    private func list(_ query: [(String, String)]) throws -> (ids: [String], total: String?) {
        let page = try module.json("listSessions", query: query)
        let ids = (0..<page.count("content")).compactMap { page["content.\($0).sessionId"] }
        return (ids, page["pagination.totalCount"])
    }

    @Test("All sessions, newest first, ties by identifier")
    func all() throws {
        let page = try module.json("listSessions")
        #expect(
            try list([]).ids == ["S-6", "S-7", "S-8", "S-3", "S-4", "S-5", "S-0", "S-1", "S-2"])
        #expect(page["pagination"] == #"{"totalCount":9,"page":0,"size":20}"#)
        #expect(page["content.1.isAnomaly"] == "true")
        #expect(page["content.1.anomalyCount"] == "1")
        #expect(page["content.1.createdAt"] == Bodies.time(2))
        #expect(page["content.1.lastAnalyzedAt"] != "null")
        #expect(page["content.2.lastAnalyzedAt"] == "null")
        #expect(page["content.2.isAnomaly"] == "null")
        #expect(page["content.2.anomalyCount"] == "0")
        #expect(page["content.2.status"] == "pending")
    }

    @Test("Sessions stored one after the other within a millisecond are listed by age")
    func sameMillisecond() throws {
        for id in ["T-b", "T-c", "T-a"] {
            _ = try module.json("createSession", Bodies.session(id, station: "ST-3", nil))
        }
        #expect(try list([("chargingStationId", "ST-3")]).ids == ["T-a", "T-c", "T-b"])
    }

    @Test("Pages, and a page past the end")
    func pages() throws {
        let second = try list([("page", "1"), ("pageSize", "4")])
        #expect(second.ids == ["S-4", "S-5", "S-0", "S-1"])
        #expect(second.total == "9")
        let past = try module.json("listSessions", query: [("page", "7"), ("pageSize", "4")])
        #expect(past["content"] == "[]")
        #expect(past["pagination"] == #"{"totalCount":9,"page":7,"size":4}"#)
    }

    @Test(
        "Filters, alone and together",
        arguments: [
            ("chargingStationId=ST-2", "S-6 S-7 S-8"), ("chargingStationId=st-2", ""), ("chargingStationId=ST-9", ""),
            ("evseId=DE*1", "S-7 S-3 S-5 S-1"), ("isAnomaly=true", "S-7 S-4 S-1"),
            ("isAnomaly=false", "S-6 S-3 S-0"), ("minScore=0.5", "S-7 S-4 S-1"),
            ("minScore=0", "S-6 S-7 S-3 S-4 S-0 S-1"), ("minConfidence=0", "S-6 S-7 S-3 S-4 S-0 S-1"),
            ("minConfidence=1", ""), ("dateFrom=2026-06-14T05:01:00Z", "S-6 S-7 S-8 S-3 S-4 S-5"),
            ("dateTo=2026-06-14T05:01:00Z", "S-0 S-1 S-2"),
            ("dateFrom=2026-06-14T05:01:00Z&dateTo=2026-06-14T05:02:00Z&isAnomaly=true", "S-4"),
            ("chargingStationId=ST-1&evseId=DE*0&minScore=0.5", "S-4"),
        ])
    func filters(query: String, expected: String) throws {
        let pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=")
            return (String(parts[0]), String(parts[1]))
        }
        let found = try list(pairs)
        #expect(found.ids == expected.split(separator: " ").map(String.init))
        #expect(found.total == String(found.ids.count))
    }
}
