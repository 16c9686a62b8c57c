extension Manifest {
    /// A kind of background work that a module queues and runs.
    public struct BackgroundJob: Sendable, Equatable {
        /// Its name, once in the module.
        public var name: String
        /// When a run that failed is tried again.
        public var retry: RetryPolicy
    }

    /// How long events stay in the outbox after everybody has got them, unless a manifest says otherwise: a day.
    public static let defaultRetentionMilliseconds: Int64 = 86_400_000

    /// Names of the background jobs.
    public var jobs: [String] { backgroundJobs.map(\.name) }

    static func live(_ place: YAMLReader?, _ publishes: [String]) throws -> [String: [String]] {
        var live: [String: [String]] = [:]
        for (type, members) in try place?.mapping() ?? [] {
            let name = try type.string()
            guard publishes.contains(name) else {
                throw type.error("The event `\(name)` does not stand under `events.publishes`.")
            }
            live[name] = try members.list().map { try $0.string() }
        }
        return live
    }

    static func subscription(_ place: YAMLReader) throws -> Subscription {
        try place.allow(["event", "handler", "from", "retry"])
        return Subscription(
            event: try place.required("event").string(), handler: try place.required("handler").string(),
            publisher: try place.optional("from")?.string(), retry: try retry(place.optional("retry")))
    }

    static func job(_ place: YAMLReader) throws -> BackgroundJob {
        try place.allow(["name", "retry"])
        return BackgroundJob(name: try place.required("name").string(), retry: try retry(place.optional("retry")))
    }

    static func retention(_ place: YAMLReader?) throws -> Int64 {
        guard let place else { return defaultRetentionMilliseconds }
        return try duration(place, 0...3650 * 86_400_000)
    }

    private static func retry(_ place: YAMLReader?) throws -> RetryPolicy {
        var policy = RetryPolicy()
        guard let place else { return policy }
        try place.allow(["attempts", "initial", "maximum"])
        let waits: ClosedRange<Int64> = 1...7 * 86_400_000
        if let attempts = place.optional("attempts") { policy.maximumAttempts = UInt32(try attempts.integer(1...1000)) }
        if let initial = place.optional("initial") { policy.initialMilliseconds = try duration(initial, waits) }
        if let maximum = place.optional("maximum") {
            policy.maximumMilliseconds = try duration(maximum, waits)
        } else {
            policy.maximumMilliseconds = max(policy.maximumMilliseconds, policy.initialMilliseconds)
        }
        guard policy.initialMilliseconds <= policy.maximumMilliseconds else {
            throw place.error("`initial` must not be longer than `maximum`.")
        }
        return policy
    }

    static func schedule(_ place: YAMLReader) throws -> Schedule {
        try place.allow(["name", "job", "every", "cron", "payload", "jitter", "missed"])
        let name = try place.required("name")
        guard Identifiers.isModule(try name.string()) else {
            throw name.error("A schedule's name is made of lowercase letters, digits and single hyphens.")
        }
        return Schedule(
            name: try name.string(), job: try place.required("job").string(), timing: try timing(place),
            payload: try payload(place.optional("payload")),
            jitterMilliseconds: try place.optional("jitter").map { try duration($0, 0...86_400_000) } ?? 0,
            missed: try place.optional("missed")?.choice(Schedule.Missed.self) ?? .once)
    }

    private static func timing(_ place: YAMLReader) throws -> Schedule.Timing {
        switch (place.optional("every"), place.optional("cron")) {
        case (let every?, nil):
            return .every(milliseconds: try duration(every, 1000...366 * 86_400_000))
        case (nil, let cron?):
            do throws(CronExpression.Fault) { return .cron(try CronExpression((try? cron.string()) ?? "")) } catch {
                throw cron.error(error.description)
            }
        default:
            throw place.error("A schedule has either `every` or `cron`.")
        }
    }

    private static func payload(_ place: YAMLReader?) throws -> String {
        guard let place else { return "{}" }
        guard place.isMapping else { throw place.error("The payload is a mapping; the job gets it as a JSON object.") }
        let json = try place.json()
        guard json.utf8.count <= 256 << 10 else { throw place.error("The payload is larger than 256 KiB.") }
        return json
    }

    static func duration(_ place: YAMLReader, _ range: ClosedRange<Int64>) throws -> Int64 {
        guard let milliseconds = DurationText.milliseconds(try place.string()), range.contains(milliseconds) else {
            let ends = [range.lowerBound, range.upperBound].map { DurationText.text(milliseconds: $0) }
            throw place.error("A length of time from \(ends[0]) to \(ends[1]) is needed, like `10s`, `15m` or `12h`.")
        }
        return milliseconds
    }

    /// What no single field can show about background work.
    func crossCheckBackground(_ root: YAMLReader) throws {
        if let repeated = Dictionary(grouping: jobs, by: \.self).first(where: { $0.value.count > 1 }) {
            throw root.error("The job `\(repeated.key)` is declared twice under `jobs`.")
        }
        var seen: Set<String> = []
        for (schedule, place) in zip(schedules, try root.optional("schedules")?.list() ?? []) {
            guard seen.insert(schedule.name).inserted else {
                throw place.error("The schedule `\(schedule.name)` is declared twice.")
            }
            guard jobs.contains(schedule.job) else {
                throw place.error("The job `\(schedule.job)` is not declared under `jobs`.")
            }
        }
    }
}
