import GantryKit
import Testing

@Suite("Stations")
struct StationTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    @Test("A station comes into being with its first session")
    func first() throws {
        #expect(try module.json("lookupStationIds")["items"] == "[]")
        #expect(try module.send("getStation", path: ["ST-1"]).status == 404)
        #expect(try module.send("getStationConnectors", path: ["ST-1"]).reason == "not_found")
        _ = try module.json("createSession", Bodies.session("S-1", station: "ST-2", nil))
        _ = try module.json("createSession", Bodies.session("S-2", station: "ST-1", nil))
        #expect(try module.json("lookupStationIds")["items"] == #"["ST-1","ST-2"]"#)
        let list = try module.json("listStations")
        #expect(list["content.0.chargingStationId"] == "ST-1")
        #expect(list["content.0.ocppChargingStationId"] == "ST-1")
        #expect(list["content.0.aiScore"] == "null")
        #expect(list["content.0.totalAnomalies"] == "0")
        #expect(list["content.0.lastAnomalyDate"] == "null")
        #expect(list["pagination"] == #"{"totalCount":2,"page":0,"size":20}"#)
        #expect(list["content.0.id"] != list["content.1.id"])
    }

    @Test("Counts by station and connector; sessions without a connector count for the station only")
    func counts() throws {
        _ = try module.json("createSession", Bodies.session("S-1", connector: "2", Bodies.falling()))
        _ = try module.json("createSession", Bodies.session("S-2", connector: "10"))
        _ = try module.json("createSession", Bodies.session("S-3", connector: nil, Bodies.falling()))
        let station = try module.json("getStation", path: ["ST-1"])
        #expect(station["totalSessions"] == "3")
        #expect(station["anomalousSessions"] == "2")
        #expect(
            station["connectors"]
                == #"[{"connectorId":"10","totalSessions":1,"anomalousSessions":0},"#
                + #"{"connectorId":"2","totalSessions":1,"anomalousSessions":1}]"#)
        let connectors = try module.json("getStationConnectors", path: ["ST-1"])
        #expect(connectors["connectors.0.anomalyCategories"] == "{}")
        #expect(connectors["connectors.1.anomalyCategories"] == #"{"KWH_DECREASE":1}"#)
        let list = try module.json("listStations")
        #expect(list["content.0.totalAnomalies"] == "2")
        #expect(list["content.0.lastAnomalyDate"] == Bodies.time(15))
    }

    @Test("Invalid sessions enter no figure, but are listed")
    func invalid() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        _ = try module.json("createSession", Bodies.session("S-2", Bodies.falling(), #""status":"invalid""#))
        #expect(try module.json("getStation", path: ["ST-1"])["totalSessions"] == "1")
        #expect(try module.json("listStations")["content.0.totalAnomalies"] == "1")
        _ = try module.json("updateSession", path: ["S-1"], #"{"status":"invalid"}"#)
        let station = try module.json("getStation", path: ["ST-1"])
        #expect(station["totalSessions"] == "0")
        #expect(station["anomalousSessions"] == "0")
        let connectors = try module.json("getStationConnectors", path: ["ST-1"])
        #expect(connectors["connectors.0.anomalyCategories"] == "{}")
        #expect(try module.json("listSessions")["pagination.totalCount"] == "2")
        #expect(try module.json("listStations")["content.0.lastAnomalyDate"] == "null")
    }

    @Test("Metadata are gathered from sessions, the latest write winning")
    func metadata() throws {
        #expect(try create("S-1", #"{"pricePerKwh":0.5}"#) == "null")
        #expect(try create("S-2", #"{"station":{"a":"x","b":1}}"#) == #"{"a":"x","b":1}"#)
        #expect(
            try create("S-3", #"{"station":{"a":null,"ocppChargingStationId":"CP7"}}"#)
                == #"{"b":1,"ocppChargingStationId":"CP7"}"#)
        #expect(try module.json("listStations")["content.0.ocppChargingStationId"] == "CP7")
        #expect(
            try create("S-3b", #"{"station":{"b":null,"d":{"x":1,"y":2,"x":[3, 4]},"d":{"z":1,"z":2}}}"#)
                == #"{"ocppChargingStationId":"CP7","d":{"z":2}}"#)
        _ = try create("S-3c", #"{"station":{"d":null}}"#)
        let large = String(repeating: "x", count: 9000)
        _ = try create("S-4", #"{"station":{"c":"\#(large)"}}"#)
        let answer = try module.send(
            "createSession", Bodies.session("S-5", nil, #""metadata":{"station":{"d":"\#(large)"}}"#))
        #expect(answer.findings.map(\.path) == ["metadata.station"])
        #expect(try module.send("getSession", path: ["S-5"]).status == 404)
    }

    private func create(_ id: String, _ metadata: String) throws -> String? {
        _ = try module.json("createSession", Bodies.session(id, nil, #""metadata":\#(metadata)"#))
        return try module.json("getStation", path: ["ST-1"])["metadata"]
    }
}
