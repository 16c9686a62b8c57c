import GantryKit
import GantryKitTesting
import Testing

@Suite("The station detector's runs")
struct StationDetectorTests {
    private static let day: Int64 = 86_400_000
    /// Midnight of 2026-06-15.
    private static let today: Int64 = 1_781_481_600_000
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    /// Stores a session of an hour that begins at noon so many days before 2026-06-15.
    private func charge(_ daysAgo: Int, _ amount: Double = 40, station: String = "ST-1", hour: Int64 = 12) throws {
        let start = Self.today - Int64(daysAgo) * Self.day + hour * 3_600_000
        let readings = [(0, 0.0), (30, amount / 2), (60, amount)].map { minute, value in
            let time = RFC3339.string(milliseconds: start + Int64(minute) * 60_000)
            return #"{"timestamp":"\#(time)","value":\#(1000 + value),"unit":"kWh"}"#
        }
        _ = try module.json(
            "createSession", Bodies.session("\(station)-\(daysAgo)-\(hour)", station: station, readings))
    }

    private func inference(_ station: String = "ST-1") throws -> JSONDocument {
        try module.json("getStationInference", path: [station])
    }

    /// Lets the time pass after which the detector runs.
    private func runJobs() throws {
        module.now += 5000
        try module.host.runJobs()
    }

    private func runMidnight() throws {
        try module.host.run(job: "day-end", data: [UInt8]("{}".utf8))
        try runJobs()
    }

    private func anomalies(_ station: String = "ST-1") throws -> JSONDocument {
        try module.json("listStationAnomalies", path: [station])
    }

    @Test("It runs first when there are readings on three days, and judges the newest")
    func first() throws {
        for day in [5, 3] { try charge(day) }
        try runJobs()
        #expect(try module.send("getStationInference", path: ["ST-1"]).reason == "inference_not_found")
        #expect(try module.send("getStationShadeOverview", path: ["ST-1"]).reason == "inference_not_found")
        #expect(try module.send("getStationInference", path: ["ST-2"]).reason == "not_found")
        #expect(try module.send("listStationAnomalies", path: ["ST-2"]).reason == "not_found")
        #expect(try anomalies()["pagination.totalCount"] == "0")
        module.now += 10_000
        try charge(2)
        try runJobs()
        let verdict = try inference()
        #expect(verdict["detectionDetails.affected_period"] == "2026-06-13")
        #expect(verdict["detectionDetails.actual_energy_kwh"] == "40")
        #expect(verdict["analyzedAt"] == RFC3339.string(milliseconds: module.now))
        #expect(try anomalies()["pagination.totalCount"] == "1")
        #expect(try module.json("listStations")["content.0.aiScore"] == verdict["anomalyScore"])
    }

    @Test("A change has the newest day judged again under its identifier, after a rest of five seconds")
    func again() throws {
        for day in [4, 3, 2] { try charge(day) }
        try runJobs()
        let id = try anomalies()["content.0.inferenceId"]
        try charge(2, hour: 20)
        module.now += 4999
        #expect(try module.host.runJobs() == 0)
        module.now += 1
        #expect(try module.host.runJobs() == 1)
        #expect(try inference()["detectionDetails.actual_energy_kwh"] == "80")
        #expect(try anomalies()["content.0.inferenceId"] == id)
        module.now += 10_000
        try charge(1)
        try charge(4, hour: 20)
        try runJobs()
        let list = try anomalies()
        #expect(list.count("content") == 2)
        #expect(list["content.0.detectionDetails.affected_period"] == "2026-06-14")
        #expect(list["content.1.inferenceId"] == id)
        #expect(module.value("SELECT COUNT(*) FROM station_marks") == 0)
    }

    @Test("A station fallen silent is judged each midnight for seven days, and announced")
    func silent() throws {
        for day in 2...60 { try charge(day, 36 + Double(day * 7 % 9)) }
        try runJobs()
        #expect(try inference()["isAnomaly"] == "false")
        for night in 1...12 {
            module.now = Self.today + Int64(night) * Self.day + 60_000
            try runMidnight()
        }
        // The last reading was on the 13th; the detector's first run was on the 15th, so the 14th is not made up for.
        let list = try anomalies()
        #expect(list["content.0.detectionDetails.affected_period"] == "2026-06-19")
        #expect(list["content.0.detectionDetails.anomaly_type"] == "zero_energy")
        #expect(list["content.0.detectionDetails.actual_energy_kwh"] == "0")
        #expect(list.count("content") == 6)
        let announced = module.events("station.anomaly.detected").compactMap { $0["detectionDetails.affected_period"] }
        let anomalous = (0..<6).reversed().filter { list["content.\($0).isAnomaly"] == "true" }
            .compactMap { list["content.\($0).detectionDetails.affected_period"] }
        #expect(announced == anomalous)
        #expect(!anomalous.isEmpty)
        let shade = try module.json("getStationShadeOverview", path: ["ST-1"])
        #expect(shade["dayScore"] == list["content.0.anomalyScore"])
        #expect(shade["energyTimeline.0"] == #"{"timestamp":"2026-06-19T00:00:00Z","cumulativeKwh":0}"#)
        #expect(shade["energyTimeline.24"] == #"{"timestamp":"2026-06-19T23:59:59.999Z","cumulativeKwh":0}"#)
    }

    @Test("Midnights that passed while the host was down are made up for, once each")
    func missed() throws {
        for day in 0...20 { try charge(day, hour: day == 0 ? 1 : 12) }
        try runJobs()
        module.now = Self.today + 3 * Self.day + 3_600_000
        try runMidnight()
        let days = (0..<3).compactMap { try? anomalies()["content.\($0).detectionDetails.affected_period"] }
        #expect(days == ["2026-06-17", "2026-06-16", "2026-06-15"])
        let before = try anomalies()["content"]
        try runMidnight()
        #expect(try anomalies()["content"] == before)
        // The clock is set back by two days and goes on.
        module.now -= 2 * Self.day
        try runMidnight()
        #expect(try anomalies()["pagination.totalCount"] == "3")
        try charge(0, hour: 2)
        try runJobs()
        #expect(try inference()["detectionDetails.affected_period"] == "2026-06-15")
        for _ in 0..<2 {
            module.now += Self.day
            try runMidnight()
        }
        #expect(try inference()["detectionDetails.affected_period"] == "2026-06-17")
    }

    @Test("A running day is judged up to the present moment, and a day in the future not at all")
    func running() throws {
        for day in 1...20 { try charge(day) }
        for day in 1...20 { try charge(day, 8, hour: 2) }
        try charge(0, 8, hour: 2)
        try charge(-1, 30, hour: 3)
        try runJobs()
        let verdict = try inference()
        #expect(verdict["detectionDetails.affected_period"] == "2026-06-15")
        #expect(verdict["detectionDetails.judged_minutes"] == "306")
        #expect(verdict["detectionDetails.actual_energy_kwh"] == "8")
        #expect(verdict["isAnomaly"] == "false")
        let timeline = try module.json("getStationShadeOverview", path: ["ST-1"])
        #expect(timeline.count("energyTimeline") == 7)
        #expect(
            timeline["energyTimeline.6"]
                == #"{"timestamp":"\#(RFC3339.string(milliseconds: module.now))","cumulativeKwh":8}"#)
        #expect(try module.json("getStationEnergy", path: ["ST-1"])["energyDelivered"] == "30")
    }

    @Test("A run that is cut off anywhere is repeated without a trace", arguments: 0...3)
    func cutOff(commits: Int) throws {
        for day in 1...60 { try charge(day, day == 1 ? 0 : 40) }
        for station in 101..<140 {
            module.execute(
                "INSERT INTO stations SELECT 'ST-\(station)', internal_id, ocpp_id, metadata, created_at FROM stations "
                    + "WHERE station_id = 'ST-1'")
            module.execute(
                "INSERT INTO station_energy SELECT 'ST-\(station)', day, connector_id, hours_read, hours "
                    + "FROM station_energy WHERE station_id = 'ST-1'")
            module.execute("INSERT INTO station_marks (reason, station_id) VALUES (0, 'ST-\(station)')")
        }
        module.failCommits(after: commits)
        #expect(throws: HostError.self) { try runJobs() }
        module.host.answerCommits([])
        try runJobs()
        #expect(module.value("SELECT COUNT(*) FROM station_verdicts WHERE is_anomaly = 1") == 40)
        #expect(module.value("SELECT COUNT(*) FROM station_marks") == 0)
        let announced = module.events("station.anomaly.detected").compactMap { $0["chargingStationId"] }
        #expect(announced.count == 40)
        #expect(Set(announced).count == 40)
    }

    @Test("More stations than one run takes up are left to the next")
    func many() throws {
        for day in [4, 3, 2] { try charge(day) }
        module.execute(
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5199) "
                + "INSERT INTO station_marks (reason, station_id) SELECT 0, 'A-' || i FROM n")
        module.now += 5000
        #expect(try module.host.runJobs() == 2)
        #expect(module.value("SELECT COUNT(*) FROM station_marks") == 0)
        #expect(try inference()["detectionDetails.affected_period"] == "2026-06-13")
    }

    @Test("A change during a run is not forgotten")
    func meanwhile() throws {
        for day in [4, 3, 2] { try charge(day) }
        module.execute("DELETE FROM station_marks WHERE reason = 0")
        module.execute("INSERT INTO station_marks (reason, station_id) VALUES (1, 'ST-1')")
        try charge(1)
        try runJobs()
        #expect(try inference()["detectionDetails.affected_period"] == "2026-06-14")
        #expect(module.value("SELECT COUNT(*) FROM station_marks") == 0)
    }

    @Test("Without readings that count the detector has nothing to judge, but keeps what it said")
    func withdrawn() throws {
        for day in [4, 3, 2] { try charge(day) }
        try runJobs()
        for day in [4, 3, 2] {
            _ = try module.json("updateSession", path: ["ST-1-\(day)-12"], #"{"status":"invalid"}"#)
        }
        try runJobs()
        module.now += Self.day
        try runMidnight()
        #expect(try anomalies()["pagination.totalCount"] == "1")
        #expect(try module.json("getStationEnergy", path: ["ST-1"])["energyConsumptionStation"] == "[]")
    }
}
