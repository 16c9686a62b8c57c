import GantryContract
import GantryJSON
import Testing

@Suite("Checks of bodies")
struct BodyCheckTests {
    @Test("a valid body has no findings")
    func valid() throws {
        let body =
            #"{"id":"AB","name":"x","readings":[{"timestamp":"2026-06-14T05:03:00Z","value":1,"measurand":null}]}"#
        #expect(try ContractFixture.create(body) == [])
    }

    @Test("findings come in the order of the document, what is missing after the members of its object")
    func order() throws {
        let body = #"""
            {"extra":1,"name":"too long","readings":[{"value":99,"unknown":2,"measurand":"x"},
            {"timestamp":"yesterday","value":"1"}],"metadata":{"tooLong":1}}
            """#
        #expect(
            try summary(ContractFixture.create(body)) == [
                "extra additionalProperties", "name maxLength", "readings.0.value maximum",
                "readings.0.unknown additionalProperties", "readings.0.measurand enum", "readings.0.timestamp required",
                "readings.1.timestamp format", "readings.1.value type", "metadata.tooLong propertyNames", "id required",
            ])
    }

    @Test("messages say what is demanded")
    func messages() throws {
        let body = #"{"id":"ab","name":"","readings":{},"metadata":{"a":1,"b":1,"c":1}}"#
        #expect(
            try ContractFixture.create(body).map(\.message) == [
                "must match the pattern ^[A-Z]+$", "must have 1 to 5 characters", "must be an array or null",
                "must have at most 2 fields",
            ])
        let reading = #"{"id":"A","name":"n","readings":[{"timestamp":1,"value":11,"measurand":"Volume"}]}"#
        #expect(
            try ContractFixture.create(reading).map(\.message) == [
                "must be a string", "must lie between -10 and 10", "must be one of Power, Energy",
            ])
    }

    @Test("a body of another type, and a body that is missing")
    func wholeBody() throws {
        let findings = try ContractFixture.create("[]")
        #expect(summary(findings) == [" type"])
        #expect(findings[0].location == .body)
        let operation = try #require(try ContractFixture.contract().operation(id: "createSession"))
        #expect(summary(operation.check(body: nil)) == [" required"])
    }

    @Test("the last of equal names is the one that is checked")
    func duplicates() throws {
        #expect(try ContractFixture.create(#"{"id":5,"name":"x","id":"A"}"#) == [])
        #expect(try summary(ContractFixture.create(#"{"id":"A","name":"x","\u0069d":5}"#)) == ["id type"])
        #expect(try ContractFixture.create(#"{"id":"A","name":"x","metadata":{"a":1,"a":2,"a":3,"b":1}}"#) == [])
        let open = try schema(#"{"additionalProperties":{"type":"integer"},"minProperties":2}"#)
        #expect(try summary(open.findings(#"{"a":"x","a":1}"#)) == [" minProperties"])
        #expect(try open.findings(#"{"a":"x","a":1,"b":2}"#) == [])
        let many = (0..<40).map { "\"k\($0)\":\"x\"" } + (0..<40).map { "\"k\($0)\":\($0)" }
        #expect(try open.findings("{\(many.joined(separator: ","))}") == [])
    }

    @Test("at most 50 findings are kept, the first ones")
    func limit() throws {
        let list = try schema(#"{"items":{"type":"integer"}}"#)
        let findings = try list.findings("[" + Array(repeating: "\"x\"", count: 600).joined(separator: ",") + "]")
        #expect(findings.count == 50)
        #expect(findings.first?.path == "0")
        #expect(findings.last?.path == "49")
    }

    @Test("the same fault found through several schemas is told once")
    func repetition() throws {
        let both = try schema(
            #"""
            {"allOf":[{"properties":{"b":{"type":"integer"}}},
            {"properties":{"a":{"type":"integer"},"b":{"type":"integer"}}}]}
            """#)
        #expect(try summary(both.findings(#"{"a":"x","b":"y"}"#)) == ["a type", "b type"])
    }

    @Test("a mutated body is judged alike with and without explanation")
    func mutation() throws {
        let contract = try ContractFixture.contract(
            policy: CheckPolicy(trimming: .all, refusesControlCharacters: true))
        let rule = try #require(contract.schema(named: "SessionCreate"))
        let original = Array(
            #"{"id":"AB","name":"x","readings":[{"timestamp":"2026-06-14T05:03:00Z","value":1,"measurand":null}]}"#.utf8
        )
        var state: UInt64 = 1
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var judged = 0
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(96) + 32) }
            guard let document = try? JSONDocument(bytes) else { continue }
            document.withRoot { root in
                let findings = rule.findings(in: root)
                judged += 1
                #expect(findings.isEmpty == rule.accepts(root))
                #expect(findings.map(\.order) == findings.map(\.order).sorted())
            }
        }
        #expect(judged > 1000)
    }
}
