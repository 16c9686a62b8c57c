import GantryCore
import Testing

@Suite("Background work in a manifest")
struct BackgroundManifestTests {
    private static let capabilities = "capabilities: [database, events, jobs]"

    private static func manifest(_ lines: String...) throws -> Manifest {
        try Manifest(yaml: minimal([capabilities] + lines), file: "module.yaml")
    }

    @Test("schedules with all that they have")
    func schedules() throws {
        let manifest = try Self.manifest(
            "jobs: [{name: sweep}, {name: report}]",
            """
            schedules:
              - {name: nightly, job: report, cron: "0 3 * * *", payload: {days: 7, kind: all}, jitter: 5m, missed: skip}
              - {name: often, job: sweep, every: 15m}
            """)
        #expect(manifest.schedules.map(\.name) == ["nightly", "often"])
        let nightly = manifest.schedules[0]
        #expect(nightly.job == "report")
        #expect(try nightly.timing == .cron(CronExpression("0 3 * * *")))
        #expect(nightly.payload == #"{"days":7,"kind":"all"}"# && nightly.jitterMilliseconds == 300_000)
        #expect(nightly.missed == .skip)
        #expect(manifest.schedules[1] == Schedule(name: "often", job: "sweep", timing: .every(milliseconds: 900_000)))
    }

    @Test("retries of jobs and subscriptions, and how long events stay")
    func retries() throws {
        let manifest = try Self.manifest(
            "jobs: [{name: sweep, retry: {attempts: 3, initial: 10s, maximum: 1h}}, {name: report}]",
            """
            events:
              retention: 7d
              subscribes:
                - {event: a, handler: onA, retry: {attempts: 2, initial: 10m}}
                - {event: b, handler: onB, from: other}
            """)
        let sweep = manifest.backgroundJobs[0].retry
        #expect(sweep.maximumAttempts == 3 && sweep.initialMilliseconds == 10_000)
        #expect(sweep.maximumMilliseconds == 3_600_000)
        #expect(manifest.backgroundJobs[1].retry == RetryPolicy() && manifest.jobs == ["sweep", "report"])
        #expect(manifest.subscriptions[0].retry.maximumAttempts == 2)
        #expect(manifest.subscriptions[0].retry.maximumMilliseconds == 600_000)
        #expect(manifest.subscriptions.map(\.publisher) == [nil, "other"])
        #expect(manifest.retentionMilliseconds == 604_800_000)
        #expect(try Self.manifest().retentionMilliseconds == 86_400_000)
    }

    @Test("faults name file, line and field", arguments: faults)
    func namesThePlace(fault: Fault) {
        fault.expect { _ = try Manifest(yaml: fault.text, file: "the-file.yaml") }
    }

    private static func schedule(_ members: String, _ field: String, _ words: String) -> Fault {
        let text = minimal([capabilities, "jobs: [{name: sweep}]", "schedules: [{\(members)}]"])
        return Fault(text, line: text.split(separator: "\n").count, field: field, says: words)
    }

    private static func job(_ members: String, _ field: String, _ words: String) -> Fault {
        let text = minimal([capabilities, "jobs: [{\(members)}]"])
        return Fault(text, line: text.split(separator: "\n").count, field: field, says: words)
    }

    static let faults = [
        schedule("name: a, job: sweep", "schedules.0", "either `every` or `cron`"),
        schedule("name: a, job: sweep, every: 1h, cron: '* * * * *'", "schedules.0", "either `every` or `cron`"),
        schedule("name: a, job: other, every: 1h", "schedules.0", "`other` is not declared under `jobs`"),
        schedule("name: a, every: 1h", "schedules.0", "The setting `job` is missing."),
        schedule("name: A b, job: sweep, every: 1h", "schedules.0.name", "lowercase letters"),
        schedule("name: a, job: sweep, every: 1", "schedules.0.every", "A length of time from 1s to 366d"),
        schedule("name: a, job: sweep, every: 999ms", "schedules.0.every", "A length of time"),
        schedule("name: a, job: sweep, cron: '61 * * * *'", "schedules.0.cron", "`61` is no minute"),
        schedule("name: a, job: sweep, cron: [1]", "schedules.0.cron", "five fields"),
        schedule("name: a, job: sweep, every: 1h, payload: [1]", "schedules.0.payload", "a mapping"),
        schedule("name: a, job: sweep, every: 1h, jitter: 2d", "schedules.0.jitter", "A length of time from 0ms to 1d"),
        schedule("name: a, job: sweep, every: 1h, missed: all", "schedules.0.missed", "not one of: skip, once"),
        schedule("name: a, job: sweep, every: 1h, zone: x", "schedules.0.zone", "no setting `zone`"),
        schedule(
            "name: a, job: sweep, every: 1h}, {name: a, job: sweep, every: 2h", "schedules.1", "is declared twice"),
        job("name: a, retry: {attempts: 0}", "jobs.0.retry.attempts", "from 1 to 1000"),
        job("name: a, retry: {initial: 0s}", "jobs.0.retry.initial", "A length of time"),
        job("name: a, retry: {initial: 2s, maximum: 1s}", "jobs.0.retry", "`initial` must not be longer"),
        job("name: a, retry: {limit: 1}", "jobs.0.retry.limit", "no setting `limit`"),
        Fault(
            minimal([capabilities, "jobs: [{name: a}, {name: a}]"]), line: 1, field: "", says: "The job `a` is declared"
        ),
    ]
}
