import GantryContract
import GantryJSON
import Testing

@Suite("Checks of parameters")
struct ParameterCheckTests {
    @Test(
        "query values are read as the declared type",
        arguments: [
            ("page=0&pageSize=100", []), ("page=1.0", []), ("page=1e1", []), ("page=-1", ["page minimum"]),
            ("page=x", ["page type"]), ("page=", ["page type"]), ("page", ["page type"]), ("page=1.5", ["page type"]),
            ("page=+1", ["page type"]), ("page=01", ["page type"]), ("page=NaN", ["page type"]),
            ("page=1e999", ["page type"]), ("page=true", ["page type"]), ("pageSize=101", ["pageSize maximum"]),
            ("isAnomaly=true", []), ("isAnomaly=false", []), ("isAnomaly=True", ["isAnomaly type"]),
            ("isAnomaly=1", ["isAnomaly type"]), ("minScore=0.5", []), ("minScore=2", ["minScore maximum"]),
            ("minScore=half", ["minScore type"]), ("search=12", []), ("search=true", []),
            ("search=a", ["search minLength"]),
            ("search=%C3%A9%E2%82%AC", []), ("search=a+", []), ("search=%FF%FE", ["search type"]), ("search=%zz", []),
            ("unknown=1&=2&&", []), ("page=x&page=3", []), ("page=3&page=x", ["page type"]),
            ("p%61ge=x", ["page type"]),
            ("search=a%22%5Cb", []), ("search=a=b", []),
        ] as [(String, [String])])
    func query(query: String, expected: [String]) throws {
        #expect(try summary(ContractFixture.list(query)) == expected)
    }

    @Test(
        "lists come by repetition or by commas",
        arguments: [
            ("status=open&status=closed", []), ("status=open", []), ("status=open&status=x", ["status.1 enum"]),
            ("status=open&page=1&status=open", ["status uniqueItems"]), ("ids=1,2,3", []), ("ids=", []),
            ("ids=1,x", ["ids.1 type"]), ("ids=1,2,3,4", ["ids maxItems"]), ("ids=1%2C2", []),
            ("ids=1,,2", ["ids.1 type"]),
        ] as [(String, [String])])
    func lists(query: String, expected: [String]) throws {
        #expect(try summary(ContractFixture.list(query)) == expected)
    }

    @Test("findings follow the query, and what is missing comes last")
    func order() throws {
        let operation = try #require(try ContractFixture.contract().operation(id: "listSessions"))
        let findings = operation.check(query: "search=x&page=-1&minScore=9", headers: { _ in nil })
        #expect(
            summary(findings) == [
                "search minLength", "page minimum", "minScore maximum", "from required", "Idempotency-Key required",
            ])
        #expect(findings.map(\.location) == [.query, .query, .query, .query, .header])
    }

    @Test("an offset's plus must be encoded")
    func plus() throws {
        let operation = try #require(try ContractFixture.contract().operation(id: "listSessions"))
        let headers: (String) -> String? = { _ in "ab" }
        #expect(operation.check(query: "from=2026-06-14T05:03:00%2B02:00", headers: headers) == [])
        #expect(summary(operation.check(query: "from=2026-06-14T05:03:00+02:00", headers: headers)) == ["from format"])
    }

    @Test("headers are checked under their declared names; those of other specifications are left alone")
    func headers() throws {
        let operation = try #require(try ContractFixture.contract().operation(id: "listSessions"))
        var asked: [String] = []
        let findings = operation.check(query: "from=2026-06-14T05:03:00Z") { name in
            asked.append(name)
            return "XYZ"
        }
        #expect(summary(findings) == ["X-Trace pattern"])
        #expect(findings.map(\.location) == [.header])
        #expect(asked == ["X-Trace", "Idempotency-Key"])
    }

    @Test("path values are checked in the order of the template")
    func path() throws {
        let operation = try #require(try ContractFixture.contract().operation(id: "getReading"))
        #expect(operation.pathParameterNames == ["session_id", "n"])
        #expect(operation.check(pathParameters: ["abc", "5"]) == [])
        let findings = operation.check(pathParameters: ["abcde", "x"])
        #expect(summary(findings) == ["session_id maxLength", "n type"])
        #expect(findings.allSatisfy { $0.location == .path })
    }

    @Test("a value that may be a number or text is accepted as either")
    func union() throws {
        let text = #"""
            {"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"a","responses":{},"parameters":[
            {"name":"v","in":"query",
             "schema":{"anyOf":[{"type":"integer","maximum":5},{"type":"string","maxLength":2}]}},
            {"name":"c","in":"cookie","schema":{"type":"integer"}}]}}}}
            """#
        let contract = try Contract(document: try JSONDocument(text))
        let operation = try #require(contract.operation(id: "a"))
        #expect(operation.check(query: "v=3") == [])
        #expect(operation.check(query: "v=77") == [])
        #expect(operation.check(query: "v=777").count == 1)
        #expect(operation.check(headers: { $0 == "Cookie" ? "b=x; c=12" : nil }) == [])
        #expect(summary(operation.check(headers: { $0 == "Cookie" ? "c=x" : nil })) == ["c type"])
    }
}
