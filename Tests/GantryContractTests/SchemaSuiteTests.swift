import Testing

/// The suite's verdicts are the oracle. Groups whose schema is refused are counted, so that a keyword which stops being
/// supported cannot pass for a success.
@Suite("Official JSON Schema suite", .enabled(if: SchemaSuite.archive != nil))
struct SchemaSuiteTests {
    @Test("keyword files pass completely, but for schemas that are refused", arguments: SchemaSuite.keywordFiles)
    func keywords(file: String, refused: Int) throws {
        let outcome = try SchemaSuite.run(file)
        #expect(outcome.failures == [])
        #expect(outcome.refused.count == refused, "\(outcome.refused)")
        #expect(outcome.passed > 0)
    }

    @Test("format files pass completely", arguments: SchemaSuite.formatFiles)
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
