import GantryThreads
import Synchronization

/// The numbers that modules count for themselves. Any thread.
///
/// Each family is called `module_<id>_<name>`, a hyphen in the id becoming two underscores, so that no module's family
/// is another one's or the host's.
public final class ModuleMetrics: Sendable {
    /// What became of a measurement.
    public enum Outcome: Sendable {
        case taken
        /// The name, a label or the value makes no sense, or the name is of another kind or has other labels.
        case invalid
        /// There are too many series.
        case tooMany
    }

    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    struct Key: Hashable {
        var tenant: String
        /// The labels but for the tenant.
        var text: String
    }

    struct Family {
        var kind: Kind
        var labels: [String]
        /// Series that are in use.
        var series: [Key: ModuleSeries] = [:]
    }

    /// Series of one module of one tenant.
    public static let maximumInstanceSeries = 256
    private static let maximumSeries = 100_000
    /// Of one family so many are shown, however many tenants count something different.
    static let maximumShownSeries = 1024

    private struct State {
        var families: [String: Family] = [:]
        var seriesCount = 0
        /// By module and tenant. They outlive the instances, which come and go, so that no counter begins again.
        var instruments: [String: ModuleInstruments] = [:]
    }

    private let state = Lock(State())
    private let tenants: TenantLabels

    init(tenants: TenantLabels) {
        self.tenants = tenants
    }

    /// The instruments of one module of one tenant; the same ones each time.
    public func instruments(tenant: String, module: String) -> ModuleInstruments {
        state.withLock { state in
            let key = "\(module) \(tenant)"
            if let known = state.instruments[key] { return known }
            let made = ModuleInstruments(metrics: self, tenant: tenant, module: module)
            state.instruments[key] = made
            return made
        }
    }

    /// Counts that a module was denied what it is not granted.
    public func countDenial(tenant: String, module: String, capability: String) {
        let labels = Metrics.text([("module", module), ("capability", capability)])
        series(
            Self.denials, kind: .counter, labels: ["capability"], key: Key(tenant: tenant, text: labels)
        ).1?.add(1)
    }

    private static let denials = "gantry_capability_denials_total"

    /// The series, made when it is missing.
    func series(_ family: String, kind: Kind, labels: [String], key: Key) -> (Outcome, ModuleSeries?) {
        state.withLock { state in
            let known = state.families[family]
            if let known, known.kind != kind || known.labels != labels { return (.invalid, nil) }
            if let series = known?.series[key] { return (.taken, series) }
            guard state.seriesCount < Self.maximumSeries else { return (.tooMany, nil) }
            state.seriesCount += 1
            let series = ModuleSeries(isHistogram: kind == .histogram)
            state.families[family, default: Family(kind: kind, labels: labels)].series[key] = series
            return (.taken, series)
        }
    }

    /// Adds all values now, in the Prometheus text format. Tenants without a label of their own are added up.
    func write(to text: inout String) {
        let families = state.withLock { $0.families }
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            // A counter's name ends so; what its author has called it stays readable.
            let shown = family.kind == .counter && !name.hasSuffix("_total") ? name + "_total" : name
            let help = name == Self.denials ? "Uses of what is not granted." : "Measured by the module."
            Metrics.header(shown, kind: family.kind.rawValue, help: help, to: &text)
            let folded = folded(family)
            for (labels, series) in folded.sorted(by: { $0.key < $1.key }).prefix(Self.maximumShownSeries) {
                series.write(shown, labels, to: &text)
            }
        }
    }

    private func folded(_ family: Family) -> [String: ModuleSeries] {
        var folded: [String: ModuleSeries] = [:]
        for (key, series) in family.series {
            var labels = key.text
            if tenants.limit > 0 { labels += "," + Metrics.text([("tenant", tenants.label(of: key.tenant))]) }
            let sum = folded[labels] ?? ModuleSeries(isHistogram: family.kind == .histogram)
            sum.add(series)
            folded[labels] = sum
        }
        return folded
    }
}

/// One series: a number, or a histogram's buckets. Any thread.
final class ModuleSeries: Sendable {
    static let bounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000,
    ]

    /// The number, or the sum of a histogram's values, as the bits of a double.
    private let number = Atomic<UInt64>(0)
    private let buckets: CounterArray?

    init(isHistogram: Bool) {
        buckets = isHistogram ? CounterArray(count: Self.bounds.count + 1) : nil
    }

    func set(_ value: Double) { number.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var bits = number.load(ordering: .relaxed)
        while true {
            let sum = Double(bitPattern: bits) + amount
            let (isDone, seen) = number.weakCompareExchange(
                expected: bits, desired: sum.bitPattern, ordering: .relaxed)
            if isDone { return }
            bits = seen
        }
    }

    /// Counts all that another has counted; gauges are added up.
    func add(_ other: ModuleSeries) {
        add(Double(bitPattern: other.number.load(ordering: .relaxed)))
        guard let buckets, let counts = other.buckets else { return }
        for index in 0..<buckets.count { buckets.increment(index, by: counts[index]) }
    }

    func record(_ value: Double) {
        buckets?.increment(Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count)
        add(value)
    }

    func write(_ name: String, _ labels: String, to text: inout String) {
        let value = Double(bitPattern: number.load(ordering: .relaxed))
        guard let buckets else {
            text += "\(name){\(labels)} \(Self.text(value))\n"
            return
        }
        var total: UInt64 = 0
        for index in 0..<buckets.count {
            total += buckets[index]
            let bound = index < Self.bounds.count ? Self.text(Self.bounds[index]) : "+Inf"
            text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(total)\n"
        }
        text += "\(name)_sum{\(labels)} \(Self.text(value))\n\(name)_count{\(labels)} \(total)\n"
    }

    /// Whole numbers without a fraction.
    private static func text(_ value: Double) -> String { Int64(exactly: value).map { "\($0)" } ?? "\(value)" }
}
