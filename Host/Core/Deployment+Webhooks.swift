extension Deployment {
    /// How events are delivered to webhooks.
    public struct Webhooks: Sendable, Equatable {
        /// The waits after each attempt that failed, in milliseconds; there is one attempt more than waits.
        public var retryMilliseconds: [Int64] = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000]
        /// The time that a receiver has for its answer.
        public var timeoutMilliseconds: Int64 = 15_000

        /// The defaults: six attempts within eight hours, 15 s for each.
        public init() {}

        init(_ place: YAMLReader) throws {
            try place.allow(["retries", "timeout"])
            if let retries = place.optional("retries") {
                let list = try retries.list()
                guard (1...5).contains(list.count) else {
                    throw retries.error("One to five waits are needed here, like `[5s, 5m, 30m]`.")
                }
                retryMilliseconds = try list.map { try Self.time($0, 10...7 * 86_400_000) }
            }
            if let timeout = place.optional("timeout") { timeoutMilliseconds = try Self.time(timeout, 100...60_000) }
        }

        private static func time(_ place: YAMLReader, _ range: ClosedRange<Int64>) throws -> Int64 {
            guard let milliseconds = DurationText.milliseconds(try place.string()), range.contains(milliseconds) else {
                let ends = [range.lowerBound, range.upperBound].map { DurationText.text(milliseconds: $0) }
                throw place.error("A length of time from \(ends[0]) to \(ends[1]) is needed, like `5s` or `30m`.")
            }
            return milliseconds
        }
    }
}
