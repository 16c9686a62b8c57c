import GantryKit
import GantryKitTesting
import Testing

@Suite("What the operator says of installations")
struct InstallationTests {
    private func readings(_ measurand: String, _ unit: String, _ value: Double, phase: String = "null") -> [String] {
        (0..<4).map { minute in
            #"{"timestamp":"\#(Bodies.time(minute))","measurand":"\#(measurand)","unit":"\#(unit)","value":\#(value),"#
                + #""phase":\#(phase)}"#
        }
    }

    @Test(
        "Nominal voltage and greatest power are those of the configuration, in creations, changes and batches",
        arguments: [(#"{}"#, "VOLTAGE_DEVIATION"), (#"{"nominalVoltage":120,"greatestPowerKw":100}"#, "POWER_SPIKE")])
    func configured(_ configuration: String, _ category: String) throws {
        let module = try ModuleUnderTest(configuration: configuration)
        let values =
            readings("Voltage", "V", 120, phase: "\"L1\"") + readings("Power.Active.Import", "kW", 150)
        let created = try module.json("createSession", Bodies.session("S-1", values))
        #expect(created.count("anomalies") == 1)
        #expect(created["anomalies.0.category"] == category)
        let changed = try module.json("replaceSession", path: ["S-1"], Bodies.change(values))
        #expect(changed["anomalies.0.category"] == category)
        let batch = try module.json("submitBatch", "{\"sessions\":[\(Bodies.session("S-2", values))]}")
        try module.runJobs()
        #expect(try module.json("getSession", path: ["S-2"])["anomalies.0.category"] == category)
        #expect(batch["totalSessions"] == "1")
    }
}
