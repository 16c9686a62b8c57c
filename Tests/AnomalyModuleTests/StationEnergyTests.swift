import AnomalyDetection
import GantryKit
import GantryKitTesting
import Testing

@Suite("Energy of stations")
struct StationEnergyTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    private func energy(_ station: String = "ST-1") throws -> JSONDocument {
        try module.json("getStationEnergy", path: [station])
    }

    @Test("A rise is spread evenly over the hours between its readings; all timelines cover the same hours")
    func spread() throws {
        // 05:00 to 07:30: 2 kWh an hour; 06:30 to 07:00: 1 kWh.
        let first = [Bodies.register(0, 100), Bodies.register(150, 105)]
        let second = [Bodies.register(90, 7), Bodies.register(120, 8)]
        _ = try module.json("createSession", Bodies.session("S-1", connector: "2", first))
        _ = try module.json("createSession", Bodies.session("S-2", connector: "10", second))
        _ = try module.json("createSession", Bodies.session("S-3", connector: nil, [Bodies.register(200, 1)]))
        let view = try energy()
        #expect(view["energyDelivered"] == "6")
        #expect(
            view["energyConsumptionStation"]
                == #"[{"timestamp":"2026-06-14T05:00:00Z","energy":2},{"timestamp":"2026-06-14T06:00:00Z","energy":3},"#
                + #"{"timestamp":"2026-06-14T07:00:00Z","energy":1},{"timestamp":"2026-06-14T08:00:00Z","energy":0}]"#)
        #expect(view.count("energyConsumptionConnectors") == 2)
        #expect(view["energyConsumptionConnectors.0.connectorId"] == "10")
        #expect(view["energyConsumptionConnectors.0.energy.1.energy"] == "1")
        #expect(view.count("energyConsumptionConnectors.0.energy") == 4)
        #expect(view["energyConsumptionConnectors.1.connectorId"] == "2")
        #expect(view["energyConsumptionConnectors.1.energy.2.energy"] == "1")
        #expect(view["anomalyOccurrences"] == "[]")
    }

    @Test("A rise across midnight belongs to both days; the reference day is the last one with a reading")
    func midnight() throws {
        // 19 hours after 05:00 is midnight.
        let readings = [Bodies.register(18 * 60, 10), Bodies.register(20 * 60, 16)]
        _ = try module.json("createSession", Bodies.session("S-1", readings))
        let view = try energy()
        #expect(view["energyDelivered"] == "3")
        #expect(
            view["energyConsumptionStation"]
                == #"[{"timestamp":"2026-06-15T00:00:00Z","energy":3},{"timestamp":"2026-06-15T01:00:00Z","energy":0}]"#
        )
        _ = try module.json("replaceSession", path: ["S-1"], Bodies.change(Array(readings.prefix(1))))
        #expect(try energy()["energyConsumptionStation"] == #"[{"timestamp":"2026-06-14T23:00:00Z","energy":0}]"#)
        #expect(module.value("SELECT COUNT(*) FROM station_energy") == 1)
    }

    @Test("A station without energy readings answers with 0 and empty lists; one that does not exist is a 404")
    func none() throws {
        let power = #"{"timestamp":"\#(Bodies.time(0))","value":7,"measurand":"Power.Active.Import"}"#
        _ = try module.json("createSession", Bodies.session("S-1", [power]))
        let view = try energy()
        #expect(view["energyDelivered"] == "0")
        #expect(view["energyConsumptionStation"] == "[]")
        #expect(view["energyConsumptionConnectors"] == "[]")
        #expect(try module.send("getStationEnergy", path: ["ST-2"]).reason == "not_found")
    }

    @Test("An invalid session enters no figure, from its creation or from then on")
    func invalid() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.clean()))
        _ = try module.json("createSession", Bodies.session("S-2", Bodies.clean(), #""status":"invalid""#))
        #expect(try energy()["energyDelivered"] == "9")
        _ = try module.json("updateSession", path: ["S-1"], #"{"status":"invalid"}"#)
        #expect(try energy()["energyDelivered"] == "0")
        #expect(module.value("SELECT COUNT(*) FROM station_energy") == 0)
    }

    @Test("Figures equal those computed from the sessions, whatever happened to them", arguments: 1...12)
    func anyHistory(seed: Int) throws {
        var history = EnergyHistory(seed: UInt64(seed), now: module.now)
        for _ in 0..<80 {
            let step = history.step()
            let answer = try module.send(step.operation, path: step.path, step.body)
            #expect(answer.status == 200, "\(answer)")
        }
        let expected = history.expected()
        var found: [EnergyHistory.Place: [Int64]] = [:]
        try module.host.database.rows("SELECT station_id, day, connector_id, hours FROM station_energy").forEach {
            row in
            guard case .text(let station) = row[0], case .integer(let day) = row[1], case .text(let connector) = row[2],
                case .blob(let bytes) = row[3]
            else { return }
            found[.init(station: station, connector: connector, day: Int(day))] = EnergyHistory.unpack(bytes)
        }
        #expect(Set(found.keys) == Set(expected.keys))
        for (place, hours) in expected {
            for (hour, values) in zip(hours, found[place] ?? []).enumerated() {
                // Each session is rounded to whole milliwatt-hours.
                #expect(abs(values.0 - values.1) <= 20, "\(place) \(hour)")
            }
        }
    }

    @Test("Sessions of an earlier version are counted once, also when they change meanwhile or the count is cut off")
    func earlier() throws {
        for index in 0..<150 {
            _ = try module.json(
                "createSession", Bodies.session("S-\(index)", connector: "\(index % 3)", Bodies.clean()))
        }
        let before = try energy()["energyConsumptionStation"]
        module.execute("UPDATE sessions SET energy = NULL")
        module.execute("DELETE FROM station_energy")
        module.execute("UPDATE station_work SET energy_counted_until = ''")
        _ = try module.json("updateSession", path: ["S-77"], Bodies.change([Bodies.register(60, 18_012)]))
        _ = try module.json("updateSession", path: ["S-78"], #"{"status":"invalid"}"#)
        module.failCommits(after: 1)
        #expect(throws: HostError.self) { try module.host.run(job: "energy-count", data: [UInt8]("{}".utf8)) }
        #expect(module.value("SELECT COUNT(*) FROM sessions WHERE energy IS NULL") ?? 0 > 0)
        module.host.answerCommits([])
        try module.host.run(job: "energy-count", data: [UInt8]("{}".utf8))
        try module.host.run(job: "energy-count", data: [UInt8]("{}".utf8))
        #expect(module.value("SELECT COUNT(*) FROM sessions WHERE energy IS NULL") == 0)
        _ = try module.json(
            "replaceSession", path: ["S-77"], Bodies.change(Bodies.clean()))
        _ = try module.json("createSession", Bodies.session("S-new", connector: "0", Bodies.clean()))
        #expect(try energy()["energyConsumptionStation"] == before)
    }
}
