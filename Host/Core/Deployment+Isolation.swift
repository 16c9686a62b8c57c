extension Deployment {
    /// How a module is kept apart from the host and from others, and what happens when its process ends.
    public struct Isolation: Sendable, Equatable {
        /// Where the code of a module runs.
        public enum Tier: String, Sendable, CaseIterable {
            /// In the host's own process.
            case inProcess = "in-process"
            /// In a process of its own that serves all tenants.
            case worker
            /// In a process of its own for each tenant.
            case workerPerTenant = "worker-per-tenant"
        }

        /// Where the module runs.
        public var tier = Tier.inProcess
        /// Memory that a worker may have, in MiB.
        public var memoryMebibytes = 1024
        /// File descriptors that a worker may have open.
        public var fileCount = 256
        /// So many crashes within the window quarantine the module.
        public var crashCount = 5
        /// The window in which crashes are counted.
        public var windowMilliseconds: Int64 = 600_000
        /// The wait before the first restart; it doubles with each further crash.
        public var backoffMilliseconds: Int64 = 100
        /// The longest wait before a restart.
        public var longestBackoffMilliseconds: Int64 = 30_000
        /// Time beyond its deadline that a call may take before the worker is judged to hang.
        public var graceMilliseconds: Int64 = 2000
        /// Time that a call may take whatever its deadline, before the worker is judged to hang.
        public var longestCallMilliseconds: Int64 = 600_000
        /// Time in which a worker has to give a sign of life while no call is under way, before it is judged to hang.
        public var heartbeatMilliseconds: Int64 = 30_000

        /// In the host's process, and a worker's defaults.
        public init(tier: Tier = .inProcess) {
            self.tier = tier
        }

        /// Whether the module runs in another process.
        public var isWorker: Bool { tier != .inProcess }
    }
}

extension Deployment {
    /// Where a module runs.
    public func isolation(of module: String) -> Isolation { isolations[module] ?? Isolation(tier: standardTier) }
}

extension Deployment.Isolation {
    private struct Setting<Value: Comparable> {
        let name: String
        let path: WritableKeyPath<Deployment.Isolation, Value>
        let range: ClosedRange<Value>
    }

    private static var numbers: [Setting<Int>] {
        [
            Setting(name: "memory", path: \.memoryMebibytes, range: 16...1_048_576),
            Setting(name: "files", path: \.fileCount, range: 16...1_048_576),
            Setting(name: "crashes", path: \.crashCount, range: 1...1000),
        ]
    }

    private static var times: [Setting<Int64>] {
        [
            Setting(name: "window", path: \.windowMilliseconds, range: 1000...7 * 86_400_000),
            Setting(name: "backoff", path: \.backoffMilliseconds, range: 1...600_000),
            Setting(name: "longest-backoff", path: \.longestBackoffMilliseconds, range: 1...86_400_000),
            Setting(name: "grace", path: \.graceMilliseconds, range: 100...600_000),
            Setting(name: "longest-call", path: \.longestCallMilliseconds, range: 100...7 * 86_400_000),
            Setting(name: "heartbeat", path: \.heartbeatMilliseconds, range: 500...86_400_000),
        ]
    }

    /// Reads `isolation` and `worker` of a module's entry.
    init(_ place: YAMLReader, tier: Tier) throws {
        self.init(tier: try place.optional("isolation")?.choice(Tier.self) ?? tier)
        guard let worker = place.optional("worker") else { return }
        try worker.allow(Set(Self.numbers.map(\.name) + Self.times.map(\.name)))
        for setting in Self.numbers {
            if let value = worker.optional(setting.name) {
                self[keyPath: setting.path] = try value.integer(setting.range)
            }
        }
        for setting in Self.times {
            guard let value = worker.optional(setting.name) else { continue }
            guard let time = DurationText.milliseconds(try value.string()), setting.range.contains(time) else {
                let ends = [setting.range.lowerBound, setting.range.upperBound]
                    .map { DurationText.text(milliseconds: $0) }
                throw value.error("A length of time from \(ends[0]) to \(ends[1]) is needed, like `100ms` or `30s`.")
            }
            self[keyPath: setting.path] = time
        }
        guard backoffMilliseconds <= longestBackoffMilliseconds else {
            throw worker.error("`longest-backoff` must not be shorter than `backoff`.")
        }
    }

    /// The whole setting in one line: `worker memory=1024 files=256 crashes=5 window=10m …`.
    public var text: String {
        guard isWorker else { return tier.rawValue }
        let numbers = Self.numbers.map { "\($0.name)=\(self[keyPath: $0.path])" }
        let times = Self.times.map { "\($0.name)=\(DurationText.text(milliseconds: self[keyPath: $0.path]))" }
        return ([tier.rawValue] + numbers + times).joined(separator: " ")
    }

    /// Reads what `text` wrote; nil for anything else.
    public init?(text: String) {
        var words = text.split(separator: " ").map(String.init)[...]
        guard let tier = words.popFirst().flatMap(Tier.init) else { return nil }
        self.init(tier: tier)
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            if let entry = Self.numbers.first(where: { $0.name == parts[0] }) {
                guard let value = Int(parts[1]), entry.range.contains(value) else { return nil }
                self[keyPath: entry.path] = value
            } else if let entry = Self.times.first(where: { $0.name == parts[0] }) {
                guard let value = DurationText.milliseconds(parts[1]), entry.range.contains(value) else { return nil }
                self[keyPath: entry.path] = value
            } else {
                return nil
            }
        }
    }
}
