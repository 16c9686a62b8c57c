import AnomalyDetection
import GantryKit
import Testing

/// A tenant to which random things happen, beside a model that knows what its figures must be.
final class RandomHistory {
    private struct Session {
        var readings: [Int64: Double] = [:]
        var price: Double?
        var status = "active"
    }

    private static let defaultPrice = 0.37
    private let module: ModuleUnderTest
    private var random: SeededRandom
    private var sessions: [String: Session] = [:]

    init(seed: UInt64) throws {
        module = try ModuleUnderTest(configuration: #"{"pricePerKwh":\#(Self.defaultPrice)}"#)
        random = SeededRandom(seed: seed)
    }

    private func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    /// Lets one thing happen.
    func step() throws {
        module.now += Int64(below(200_000_000))
        let id = sessions.keys.sorted().dropFirst(below(max(1, sessions.count))).first ?? "S-0"
        switch sessions.count < 3 ? 0 : below(10) {
        case 0, 1, 2: try create()
        case 3, 4: try change(id, "replaceSession")
        case 5, 6: try change(id, "updateSession")
        case 7: try setPrice(id)
        case 8: try setStatus(id)
        default: try moveIssue()
        }
    }

    private func readings() -> [Int64: Double] {
        let start = module.now - Int64(below(65 * 86_400_000)) - 20_000_000
        var readings: [Int64: Double] = [:]
        var value = Double(below(1000))
        for number in 0..<below(7) {
            value += below(4) == 0 ? -Double(below(30)) / 10 : Double(below(50)) / 10
            readings[start + Int64(number) * Int64(600_000 + below(300_000))] = value
        }
        return readings
    }

    private func json(_ readings: [Int64: Double]) -> [String] {
        readings.map { time, value in
            #"{"timestamp":"\#(RFC3339.string(milliseconds: time))","value":\#(value),"unit":"kWh"}"#
        }
    }

    private func create() throws {
        let id = "S-\(sessions.count)"
        var session = Session(readings: readings())
        session.price = below(2) == 0 ? Double(below(100)) / 100 : nil
        session.status = ["pending", "active", "completed", "invalid"][below(4)]
        let metadata = session.price.map { #","metadata":{"pricePerKwh":\#($0)}"# } ?? ""
        let body = Bodies.session(
            id, station: "ST-\(below(2))", connector: [nil, "1", "2"][below(3)], json(session.readings),
            #""status":"\#(session.status)""# + metadata)
        _ = try module.json("createSession", body)
        sessions[id] = session
    }

    private func change(_ id: String, _ operation: String) throws {
        guard let session = sessions[id], session.status != "invalid" else { return }
        var new = readings()
        if let first = session.readings.keys.min() {
            // Near the others, so that the session keeps within its limit.
            let shift = first - (new.keys.min() ?? 0) + Int64(below(3_000_000))
            new = Dictionary(uniqueKeysWithValues: new.map { ($0 + shift, $1) })
            new = new.filter { $0.key < module.now + 80_000_000 }
        }
        guard !new.isEmpty else { return }
        _ = try module.json(operation, path: [id], Bodies.change(json(new)))
        sessions[id]?.readings =
            operation == "replaceSession" ? new : session.readings.merging(new) { $1 }
    }

    private func setPrice(_ id: String) throws {
        let price = below(3) == 0 ? nil : Double(below(100)) / 100
        let text = price.map { "\($0)" } ?? "null"
        _ = try module.json("updateSession", path: [id], #"{"metadata":{"pricePerKwh":\#(text)}}"#)
        sessions[id]?.price = price
    }

    private func setStatus(_ id: String) throws {
        let status = ["active", "completed", "invalid"][below(3)]
        if try module.send("updateSession", path: [id], #"{"status":"\#(status)"}"#).status == 200 {
            sessions[id]?.status = status
        }
    }

    private func moveIssue() throws {
        let page = try module.json("listAnomalies", query: [("pageSize", "100")])
        let issues = (0..<page.count("content")).flatMap { record in
            (0..<page.count("content.\(record).issues")).compactMap { page["content.\(record).issues.\($0).id"] }
        }
        guard !issues.isEmpty else { return }
        let status = ["OPEN", "IN_PROGRESS", "RESOLVED", "DISMISSED"][below(4)]
        _ = try module.send("updateIssue", path: [issues.sorted()[below(issues.count)]], #"{"status":"\#(status)"}"#)
    }

    /// Makes the stored sessions those of an earlier version, which kept no sums.
    func forgetFigures() {
        module.execute("UPDATE figures SET whole = 0, parts = 0 WHERE kind > 1")
        module.execute("DELETE FROM uptime_hours")
        module.execute("UPDATE sessions SET is_figured = 0")
        module.execute("UPDATE sessions SET delivered_kwh = NULL WHERE analyzed_at IS NULL")
    }

    /// Compares all figures with those of a look at everything.
    func compare(_ occasion: Comment) throws {
        let figures = try module.json("getStatistics")
        var revenue = (total: 0.0, atRisk: 0.0, leak: 0.0)
        var anomalous: [(station: String, connector: String)] = []
        var time = [[0.0, 0.0], [0.0, 0.0]]
        let counted = sessions.filter { $0.value.status != "invalid" }
        let places = try connectors()
        for (id, session) in counted {
            let detail = try module.json("getSession", path: [id])
            let energy = DeliveredEnergy(
                readings: session.readings.map { Reading(timestampMilliseconds: $0, value: $1, unit: .kilowattHour) },
                facts: SessionFacts(isCompleted: session.status == "completed", maximumPowerKilowatts: nil))
            let amount = energy.totalKilowattHours * (session.price ?? Self.defaultPrice)
            revenue.total += amount
            if detail["isAnomaly"] == "true" {
                revenue.atRisk += amount
                revenue.leak += amount * (detail["anomalyScore"].flatMap(Double.init) ?? 0)
                anomalous.append(try #require(places[id]))
            }
            add(session, detail, to: &time)
        }
        let uptimes = time.map { $0[0] > 0 ? 100 * ($0[0] - $0[1]) / $0[0] : 100 }
        let expected: [(String, Double, Double)] = [
            ("totalSessions", Double(counted.count), 0), ("totalRevenue", revenue.total, 0.0051),
            ("revenueAtRisk", revenue.atRisk, 0.0051), ("revenueLeakEstimate", revenue.leak, 0.0051),
            ("sessionsWithAnomaliesCount", Double(anomalous.count), 0),
            ("chargingStationsWithAnomaliesCount", Double(Set(anomalous.map(\.station)).count), 0),
            (
                "connectorsWithAnomaliesCount",
                Double(Set(anomalous.filter { $0.connector != "null" }.map { $0.station + " " + $0.connector }).count),
                0
            ),
            ("uptimePercentage", uptimes[0], 1e-6), ("uptimeDelta", uptimes[0] - uptimes[1], 1e-6),
        ]
        for (name, value, tolerance) in expected {
            let found = try #require(figures[name].flatMap(Double.init))
            #expect(abs(found - value) <= tolerance, "\(name) is \(found), not \(value): \(occasion)")
        }
        try compareRecords(figures, occasion)
    }

    private func compareRecords(_ figures: JSONDocument, _ occasion: Comment) throws {
        var records = 0
        var active = 0
        for page in 0..<10 {
            let list = try module.json("listAnomalies", query: [("pageSize", "100"), ("page", "\(page)")])
            for index in 0..<list.count("content") {
                let session = try #require(list["content.\(index).chargingSessionId"])
                guard sessions[session]?.status != "invalid" else { continue }
                records += 1
                let newest = list["content.\(index).issues.\(list.count("content.\(index).issues") - 1).statusName"]
                let isOpen = newest == "OPEN" || newest == "IN_PROGRESS"
                if isOpen, list["content.\(index).aiRiskScore"] != "0" { active += 1 }
            }
        }
        #expect(figures["totalAnomaliesCount"] == "\(records)", occasion)
        #expect(figures["activeAnomaliesCount"] == "\(active)", occasion)
    }

    /// Station and connector of each session, as the events told.
    private func connectors() throws -> [String: (station: String, connector: String)] {
        var places: [String: (station: String, connector: String)] = [:]
        for event in module.events("session.created") {
            places[try #require(event["sessionId"])] = (
                try #require(event["chargingStationId"]), try #require(event["connectorId"])
            )
        }
        return places
    }

    /// Adds what a session covers in both windows, and what of it lies in an anomaly.
    private func add(_ session: Session, _ detail: JSONDocument, to time: inout [[Double]]) {
        guard let first = session.readings.keys.min(), let last = session.readings.keys.max() else { return }
        let stretches = (0..<max(0, detail.count("anomalies"))).map { index in
            ["start", "end"].map { end in
                detail["anomalies.\(index).timeRange.\(end)Timestamp"].flatMap { RFC3339.milliseconds($0) } ?? 0
            }
        }
        let window: Int64 = 30 * 86_400_000
        let bounds = [0, 1, 2].map { module.now - $0 * window }
        let cuts = Set([first, last] + stretches.flatMap { $0 } + bounds).filter { $0 >= first && $0 <= last }.sorted()
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            guard let place = (0..<2).first(where: { start < bounds[$0] && start >= bounds[$0 + 1] }) else { continue }
            time[place][0] += Double(end - start)
            if stretches.contains(where: { $0[0] <= start && end <= $0[1] }) { time[place][1] += Double(end - start) }
        }
    }
}
