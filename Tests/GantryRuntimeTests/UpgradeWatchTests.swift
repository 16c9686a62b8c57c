import Testing

@testable import GantryRuntime

@Suite("What is made of a new generation's requests")
struct UpgradeWatchTests {
    private static func reading(answers: Int, failures: Int = 0, milliseconds: Int64 = 1) -> GenerationTally.Reading {
        let tally = GenerationTally()
        for number in 0..<answers {
            tally.add(status: number < failures ? 500 : 200, durationNanoseconds: milliseconds * 1_000_000)
        }
        return tally.reading
    }

    private static func objection(
        to reading: GenerationTally.Reading, after baseline: GenerationTally.Reading
    ) -> String? {
        UpgradeWatch(settings: UpgradeSettings(), baseline: baseline).objection(to: reading)
    }

    @Test("answers are told apart by their status, and streams have no duration")
    func tally() {
        let tally = GenerationTally()
        tally.add(status: 200, durationNanoseconds: 1000)
        tally.add(status: 499, durationNanoseconds: 1000)
        tally.add(status: 500, durationNanoseconds: nil)
        #expect(tally.reading.answers == 3)
        #expect(tally.reading.failures == 1)
        #expect(tally.reading.steps.reduce(0, +) == 2)
    }

    @Test("each duration lies below the upper edge of its step, and above that of the step before")
    func steps() {
        for nanoseconds in [1, 16_383, 16_384, 24_576, 1_000_000, 60_000_000, 1_000_000_000] as [Int64] {
            let step = GenerationTally.step(of: nanoseconds)
            #expect(nanoseconds < GenerationTally.upperEdge(of: step))
            if step > 0 { #expect(nanoseconds >= GenerationTally.upperEdge(of: step - 1)) }
        }
        #expect(GenerationTally.step(of: .max) == GenerationTally.stepCount - 1)
    }

    @Test("a quantile is the step in which that part of the answers was given")
    func quantiles() {
        let tally = GenerationTally()
        for _ in 0..<90 { tally.add(status: 200, durationNanoseconds: 1_000_000) }
        for _ in 0..<10 { tally.add(status: 200, durationNanoseconds: 100_000_000) }
        let reading = tally.reading
        #expect(
            reading.nanoseconds(atQuantile: 0.9) == GenerationTally.upperEdge(of: GenerationTally.step(of: 1_000_000)))
        #expect(
            reading.nanoseconds(atQuantile: 0.95)
                == GenerationTally.upperEdge(of: GenerationTally.step(of: 100_000_000)))
        #expect(GenerationTally().reading.nanoseconds(atQuantile: 0.5) == nil)
    }

    @Test("too few requests are named where some were asked for, and none are never praise")
    func shortage() {
        var settings = UpgradeSettings()
        #expect(
            UpgradeWatch(settings: settings, baseline: Self.reading(answers: 9))
                .shortage(of: Self.reading(answers: 0)) == nil)
        settings.minimumRequests = 10
        let watch = UpgradeWatch(settings: settings, baseline: Self.reading(answers: 9))
        #expect(watch.shortage(of: Self.reading(answers: 9))?.contains("only 9 of 10 requests") == true)
        #expect(watch.shortage(of: Self.reading(answers: 10)) == nil)
        #expect(UpgradeWatch.summary(of: Self.reading(answers: 0)).contains("no request came"))
        #expect(
            UpgradeWatch.summary(of: Self.reading(answers: 5, failures: 1))
                == "5 answers, 1 of them errors of the server")
    }

    @Test("what was ordered is kept whole, for an upgrade that goes on later")
    func keepsSettings() throws {
        let settings = try UpgradeSettings(["minimum-requests": "20", "watch": "5s", "canary": "acme"])
        #expect(settings.minimumRequests == 20)
        #expect(try UpgradeSettings(text: settings.text) == settings)
        #expect(throws: AdministrationError.self) { try UpgradeSettings(["minimum-requests": "-1"]) }
    }

    @Test("errors speak against it when there are some, and more than before")
    func errors() {
        let good = Self.reading(answers: 1000)
        #expect(Self.objection(to: Self.reading(answers: 4, failures: 2), after: good) == nil)
        #expect(Self.objection(to: Self.reading(answers: 100, failures: 3), after: good)?.contains("3 of 100") == true)
        #expect(Self.objection(to: Self.reading(answers: 1000, failures: 19), after: good) == nil)
        // The old version had as many.
        let bad = Self.reading(answers: 100, failures: 50)
        #expect(Self.objection(to: Self.reading(answers: 100, failures: 50), after: bad) == nil)
    }

    @Test("latency speaks against it when it is long, much longer than before, and both were seen often enough")
    func latency() {
        let fast = Self.reading(answers: 100, milliseconds: 2)
        #expect(Self.objection(to: Self.reading(answers: 100, milliseconds: 50), after: fast) != nil)
        #expect(Self.objection(to: Self.reading(answers: 19, milliseconds: 50), after: fast) == nil)
        #expect(Self.objection(to: Self.reading(answers: 100, milliseconds: 12), after: fast) == nil)
        let slow = Self.reading(answers: 100, milliseconds: 40)
        #expect(Self.objection(to: Self.reading(answers: 100, milliseconds: 50), after: slow) == nil)
        #expect(
            Self.objection(to: Self.reading(answers: 100, milliseconds: 50), after: Self.reading(answers: 0)) == nil)
    }
}

@Suite("Orders for an upgrade")
struct UpgradeSettingsTests {
    @Test("what was ordered is what is kept")
    func text() throws {
        let settings = try UpgradeSettings([
            "canary": "b", "tenants": "a,b", "watch": "5s", "drain": "1m", "max-error-rate": "0.1",
            "latency-factor": "2", "allow-downgrade": "yes", "allow-destructive": "yes", "to": "1.0.0",
        ])
        #expect(settings.watchMilliseconds == 5000)
        #expect(settings.tenants == ["a", "b"])
        #expect(try UpgradeSettings(text: settings.text) == settings)
        #expect(try UpgradeSettings(text: UpgradeSettings().text) == UpgradeSettings())
    }

    @Test("the canary comes first, the others as they were named")
    func order() throws {
        var settings = UpgradeSettings()
        #expect(try settings.order(of: ["a", "b", "c"]) == ["a", "b", "c"])
        settings.canary = "c"
        #expect(try settings.order(of: ["a", "b", "c"]) == ["c", "a", "b"])
        settings.tenants = ["b"]
        #expect(try settings.order(of: ["a", "b", "c"]) == ["c", "b"])
        settings.canary = "stranger"
        #expect(throws: AdministrationError.self) { try settings.order(of: ["a"]) }
        settings = UpgradeSettings()
        settings.tenants = ["stranger"]
        #expect(throws: AdministrationError.self) { try settings.order(of: ["a"]) }
    }

    @Test(
        "what is no time and no number is refused",
        arguments: [["watch": "soon"], ["max-error-rate": "2"], ["latency-factor": "0"], ["latency-factor": "x"]])
    func refusals(arguments: [String: String]) {
        #expect(throws: AdministrationError.self) { try UpgradeSettings(arguments) }
    }
}

@Suite("Versions")
struct ModuleVersionTests {
    @Test(
        "come one after the other",
        arguments: [
            ("0.9.0", "0.10.0"), ("1.0.0-beta.2", "1.0.0-beta.11"), ("1.0.0-rc.1", "1.0.0"), ("1.0", "1.0.1"),
            ("1.0.0-1", "1.0.0-alpha"), ("1.0.0-alpha", "1.0.0-alpha.1"), ("2", "10"),
        ])
    func order(former: String, later: String) {
        #expect(ModuleVersion(former) < ModuleVersion(later))
        #expect(!(ModuleVersion(later) < ModuleVersion(former)))
    }

    @Test("are the same whatever was built")
    func build() { #expect(ModuleVersion("1.0.0+a") == ModuleVersion("1.0.0+b")) }
}
