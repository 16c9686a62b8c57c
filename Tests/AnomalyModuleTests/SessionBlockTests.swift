import GantryKit
import GantryKitTesting
import Testing

@testable import AnomalyModule

@Suite("Lists over blocks of sessions")
struct SessionBlockTests {
    private static let filters = [
        "chargingStationId", "evseId", "isAnomaly", "minScore", "minConfidence", "dateFrom", "dateTo",
    ]

    @Test("Codes keep four digits, and bounds are compared as the database compares them")
    func codes() {
        for number in stride(from: 0, through: 10_000, by: 7) {
            let score = Double(number) / 10_000
            let code = VerdictCode(isAnomaly: number >= 5000, score: score, confidence: 1 - score)
            #expect(code.isAnomaly == (number >= 5000))
            for bound in [score, score.nextUp, score.nextDown, score + 0.000_05, score - 0.000_05] {
                let bound = min(max(bound, 0), 1)
                let test = VerdictTest(isAnomaly: nil, leastScore: bound, leastConfidence: nil)
                #expect(test.accepts(code.bits) == (score >= bound), "\(score) \(bound)")
            }
        }
        let anything = VerdictTest(isAnomaly: nil, leastScore: 0, leastConfidence: nil)
        #expect(!anything.accepts(VerdictCode(isAnomaly: nil, score: nil, confidence: nil).bits))
    }

    @Test("Random histories: each list and each total is what a look at every session gives", arguments: [11, 12])
    func histories(seed: UInt64) throws {
        let module = try ModuleUnderTest()
        var random = Chance(seed: seed)
        var ids: [String] = []
        for round in 0..<18 {
            try create(&ids, in: module, &random)
            for _ in 0..<25 { try change(ids[random.below(ids.count)], in: module, &random) }
            // The clock goes on, stands still, or is set back.
            module.now += [0, 1, 40, 60_000, 3_600_000, -20_000][random.below(6)]
            if round % 3 == 2 { try expectListsAgree(module, &random) }
        }
        #expect(try #require(module.value("SELECT COUNT(*) FROM session_blocks")) > 2)
        try expectListsAgree(module, &random)
    }

    @Test("A block that was written by something else is made anew by the next change")
    func mends() throws {
        let module = try ModuleUnderTest()
        var random = Chance(seed: 5)
        var ids: [String] = []
        for _ in 0..<7 {
            try create(&ids, in: module, &random)
            module.now += 1000
        }
        try #require(module.value("SELECT COUNT(*) FROM session_blocks") == 1)
        let id = "id-0"
        _ = try module.json("replaceSession", path: [id], Bodies.change(Bodies.clean()))
        module.execute("UPDATE session_blocks SET verdicts = zeroblob(length(verdicts)), clean = 0, anomalous = 0")
        _ = try module.json("replaceSession", path: [id], Bodies.change(Bodies.falling()))
        try SessionModel(module).expectBlocksAgree(module)
    }

    /// Stores a hundred sessions as a batch.
    private func create(_ ids: inout [String], in module: ModuleUnderTest, _ random: inout Chance) throws {
        let bodies = (0..<100).map { _ in
            let id = "id-\(ids.count)"
            ids.append(id)
            let readings = [nil, Bodies.falling(), Bodies.clean(), Bodies.clean(count: 9)][random.below(4)]
            let evse = random.below(3) == 0 ? "" : "\"evseId\":\"E-\(random.below(3))\""
            return Bodies.session(id, station: "ST-\(random.below(3))", readings, evse)
        }
        let before = module.host.jobs.count
        _ = try module.json("submitBatch", "{\"sessions\":[\(bodies.joined(separator: ","))]}")
        for job in module.host.jobs.dropFirst(before) {
            try module.host.run(job: job.name, data: job.payload, attempt: 1)
        }
    }

    private func change(_ id: String, in module: ModuleUnderTest, _ random: inout Chance) throws {
        let later = random.below(100)
        switch random.below(5) {
        case 0: _ = try module.send("updateSession", path: [id], Bodies.change(Bodies.falling(from: later)))
        case 1: _ = try module.send("updateSession", path: [id], Bodies.change(Bodies.clean(from: later)))
        case 2: _ = try module.send("replaceSession", path: [id], Bodies.change(Bodies.falling()))
        case 3: _ = try module.send("replaceSession", path: [id], Bodies.change(Bodies.clean()))
        default: _ = try module.send("updateSession", path: [id], #"{"status":"invalid"}"#)
        }
    }

    private func expectListsAgree(_ module: ModuleUnderTest, _ random: inout Chance) throws {
        let model = try SessionModel(module)
        try model.expectBlocksAgree(module)
        for _ in 0..<40 {
            let filter = filter(model, &random)
            let expected = model.list(filter)
            let size = 1 + random.below(100)
            let page = random.below(3) == 0 ? 0 : random.below(expected.count / size + 2)
            let query = filter.map { ($0.key, $0.value) } + [("page", "\(page)"), ("pageSize", "\(size)")]
            let answer = try module.json("listSessions", query: query)
            let ids = (0..<answer.count("content")).compactMap { answer["content.\($0).sessionId"] }
            #expect(ids == Array(expected.dropFirst(page * size).prefix(size)), "\(query)")
            #expect(answer["pagination.totalCount"] == String(expected.count), "\(query)")
        }
    }

    private func filter(_ model: SessionModel, _ random: inout Chance) -> [String: String] {
        var filter: [String: String] = [:]
        var from = Int64.min
        for name in Self.filters where random.below(3) == 0 {
            let row = model.rows[random.below(model.rows.count)]
            switch name {
            case "chargingStationId": filter[name] = "ST-\(random.below(4))"
            case "evseId": filter[name] = "E-\(random.below(4))"
            case "isAnomaly": filter[name] = random.below(2) == 0 ? "true" : "false"
            case "minScore": filter[name] = "\(row.score ?? Double(random.below(100)) / 100)"
            case "minConfidence": filter[name] = "\(row.confidence ?? 0)"
            case "dateFrom":
                from = row.createdAt
                filter[name] = RFC3339.string(milliseconds: from)
            default:
                filter[name] = RFC3339.string(milliseconds: max(row.createdAt, from + 1))
            }
        }
        return filter
    }
}
