/// When a module's job is queued by itself, again and again.
public struct Schedule: Sendable, Equatable {
    /// The moments at which it is due, before jitter.
    public enum Timing: Sendable, Equatable, CustomStringConvertible {
        /// Whenever so many milliseconds since 1970 have gone by: `every: 15m` means at :00, :15, :30 and :45.
        case every(milliseconds: Int64)
        /// As the expression says, in UTC.
        case cron(CronExpression)

        /// The first moment after another one; both in milliseconds since 1970.
        public func next(after milliseconds: Int64) -> Int64 {
            switch self {
            case .every(let period): (milliseconds.flooredQuotient(period) + 1) * period
            case .cron(let expression): expression.next(after: milliseconds) ?? .max
            }
        }

        /// The last moment that is not after another one; both in milliseconds since 1970.
        public func last(atOrBefore milliseconds: Int64) -> Int64 {
            switch self {
            case .every(let period): milliseconds.flooredQuotient(period) * period
            case .cron(let expression): expression.last(atOrBefore: milliseconds) ?? .min
            }
        }

        /// As it would stand in a manifest.
        public var description: String {
            switch self {
            case .every(let milliseconds): "every \(DurationText.text(milliseconds: milliseconds))"
            case .cron(let expression): "cron \(expression.text)"
            }
        }
    }

    /// What becomes of runs whose time passed while the host or the module was down.
    public enum Missed: String, Sendable, CaseIterable {
        /// They are left out.
        case skip
        /// However many they were, one run makes up for them.
        case once
    }

    /// Its name, once in the module.
    public var name: String
    /// The job that it queues.
    public var job: String
    /// When it is due.
    public var timing: Timing
    /// What the job is given, a JSON object.
    public var payload: String
    /// Runs of different tenants are spread over so much time after the moment.
    public var jitterMilliseconds: Int64
    /// What becomes of runs that were missed.
    public var missed: Missed

    /// A schedule with all that it has.
    public init(
        name: String, job: String, timing: Timing, payload: String = "{}", jitterMilliseconds: Int64 = 0,
        missed: Missed = .once
    ) {
        self.name = name
        self.job = job
        self.timing = timing
        self.payload = payload
        self.jitterMilliseconds = jitterMilliseconds
        self.missed = missed
    }

    /// How long after its moments it is due where `place` names tenant and module: always the same there, and spread
    /// over the jitter among many places.
    public func offsetMilliseconds(at place: String) -> Int64 {
        guard jitterMilliseconds > 0 else { return 0 }
        // FNV-1a, which unlike Swift's own hash is the same in every process.
        let hash = "\(place)/\(name)".utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return Int64((hash ^ hash >> 32) % UInt64(jitterMilliseconds))
    }

    /// When it is due next where `place` names tenant and module; both in milliseconds since 1970.
    public func nextDueMilliseconds(after milliseconds: Int64, at place: String) -> Int64 {
        let offset = offsetMilliseconds(at: place)
        let next = timing.next(after: milliseconds - offset)
        return next == .max ? next : next + offset
    }
}
