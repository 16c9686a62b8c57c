import Testing

/// The suite's verdicts are the oracle. Groups whose schema is refused are counted, so that a keyword which stops being
/// supported cannot pass for a success.
@Suite("Official JSON Schema suite", .enabled(if: SchemaSuite.archive != nil))
struct SchemaSuiteTests {
    @Test(
        "keyword files pass completely, but for schemas that are refused",
        arguments: [
            ("additionalProperties", 0), ("allOf", 0), ("anyOf", 0), ("boolean_schema", 0), ("const", 0),
            ("contains", 0), ("content", 0), ("default", 0), ("dependentRequired", 0), ("dependentSchemas", 0),
            ("enum", 0),
            ("exclusiveMaximum", 0), ("exclusiveMinimum", 0), ("if-then-else", 0), ("infinite-loop-detection", 0),
            ("items", 0), ("maxContains", 0), ("maxItems", 0), ("maxLength", 0), ("maxProperties", 0), ("maximum", 0),
            ("minContains", 0), ("minItems", 0), ("minLength", 0), ("minProperties", 0), ("minimum", 0),
            ("multipleOf", 0), ("not", 1), ("oneOf", 0), ("pattern", 1), ("patternProperties", 1), ("prefixItems", 0),
            ("properties", 0), ("propertyNames", 0), ("ref", 23), ("required", 0), ("type", 0), ("uniqueItems", 0),
        ])
    func keywords(file: String, refused: Int) throws {
        let outcome = try SchemaSuite.run(file)
        #expect(outcome.failures == [])
        #expect(outcome.refused.count == refused, "\(outcome.refused)")
        #expect(outcome.passed > 0)
    }

    @Test(
        "format files pass completely",
        arguments: [
            "date-time", "date", "duration", "email", "ipv4", "ipv6", "json-pointer", "time", "uri", "uri-reference",
            "uuid", "regex",
        ])
    func formats(file: String) throws {
        let outcome = try SchemaSuite.run("optional/format/\(file)")
        #expect(outcome.failures == [])
        #expect(outcome.refused == [])
        #expect(outcome.passed > 0)
    }

    @Test("host names pass but for the inner rules of encoded labels")
    func hostNames() throws {
        let outcome = try SchemaSuite.run("optional/format/hostname")
        #expect(outcome.failures.filter { !$0.contains("A-label (punycode)") } == [])
    }

    @Test(
        "optional files pass",
        arguments: [
            ("bignum", 0), ("float-overflow", 0), ("non-bmp-regex", 0), ("ecmascript-regex", 4), ("no-schema", 0),
        ])
    func optional(file: String, refused: Int) throws {
        let outcome = try SchemaSuite.run("optional/\(file)")
        #expect(outcome.failures == [])
        #expect(outcome.refused.count == refused, "\(outcome.refused)")
    }
}
