import GantryKit
import GantryKitTesting
import Testing

@Suite("Questions and explanations")
struct LanguageTests {
    private let module: ModuleUnderTest

    init() throws {
        module = try ModuleUnderTest()
    }

    private func explain(_ body: String? = nil) throws -> JSONDocument {
        try module.json("explainSession", path: ["S-1"], body)
    }

    @Test("An explanation is written once, kept for its language, and written anew on demand")
    func kept() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        let missing = try module.send("getSessionExplanation", path: ["S-1"])
        #expect(missing.status == 404)
        #expect(missing.reason == "explanation_not_found")
        let first = try explain()
        #expect(first["cached"] == "false")
        #expect(first["explanation"]?.contains("5 kWh less") == true)
        let second = try explain("{}")
        #expect(second["cached"] == "true")
        #expect(second["explanation"] == first["explanation"])
        #expect(try explain(#"{"lang":"de"}"#)["explanation"]?.contains("Zählerstand") == true)
        #expect(try explain(#"{"lang":null,"regenerate":true}"#)["cached"] == "false")
        #expect(try module.json("getSessionExplanation", path: ["S-1"])["cached"] == "true")
        #expect(
            try module.send("getSessionExplanation", path: ["S-1"], query: [("lang", "de-AT")]).reason
                == "explanation_not_found")
        #expect(module.value("SELECT COUNT(*) FROM session_explanations") == 2)
    }

    @Test("A new analysis throws explanations away in its own transaction, other changes do not")
    func discarded() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        _ = try explain()
        _ = try module.json("updateSession", path: ["S-1"], #"{"metadata":{"a":1}}"#)
        #expect(module.value("SELECT COUNT(*) FROM session_explanations") == 1)
        _ = try module.json("updateSession", path: ["S-1"], Bodies.change([Bodies.register(60, 18_004)]))
        #expect(module.value("SELECT COUNT(*) FROM session_explanations") == 0)
        #expect(try explain()["cached"] == "false")
        _ = try module.json("replaceSession", path: ["S-1"], Bodies.change(Bodies.clean(count: 2)))
        #expect(module.value("SELECT COUNT(*) FROM session_explanations") == 0)
        let answer = try module.send("explainSession", path: ["S-1"])
        #expect(answer.status == 409)
        #expect(answer.reason == "session_not_analyzed")
    }

    @Test("A clean verdict is explained too, and an unknown language gets English")
    func clean() throws {
        _ = try module.json("createSession", Bodies.session("S-1"))
        let text = try explain(#"{"lang":"ja"}"#)["explanation"]
        #expect(text?.hasPrefix("**No anomaly was found**") == true)
        #expect(try module.json("getSessionExplanation", path: ["S-1"], query: [("lang", "ja")])["explanation"] == text)
    }

    @Test("A verdict whose readings are kept no longer is explained by what it says itself")
    func withoutReadings() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        _ = try module.json("createSession", Bodies.session("S-2"))
        module.execute("DELETE FROM session_readings")
        module.execute("UPDATE sessions SET reading_count = 0")
        #expect(
            try explain()["explanation"]?.contains(
                "Between 05:15 and 05:30 UTC: The register of imported energy fell between two readings") == true)
        let clean = try module.json("explainSession", path: ["S-2"])["explanation"]
        #expect(clean?.hasPrefix("**No anomaly was found**") == true)
        #expect(clean?.contains("readings keep") == false)
    }

    @Test("Questions are answered from readings and verdict, also before the first verdict")
    func questions() throws {
        _ = try module.json("createSession", Bodies.session("S-1", Bodies.falling()))
        _ = try module.json("createSession", Bodies.session("S-2", nil))
        let question = #"{"question":"Which reading made the energy register go down?","lang":"en"}"#
        #expect(
            try module.json("askSession", path: ["S-1"], question)["answer"]
                == "The reading of 05:30 UTC shows 17,998 kWh, 5 kWh less than the one before it.")
        #expect(
            try module.json("askSession", path: ["S-2"], question)["answer"]
                == "This session has no stored readings yet, so there is nothing to tell.")
        for operation in ["askSession", "explainSession", "getSessionExplanation"] {
            #expect(try module.send(operation, path: ["S-3"], #"{"question":"?"}"#).status == 404)
        }
        #expect(module.value("SELECT COUNT(*) FROM session_explanations") == 0)
    }
}
