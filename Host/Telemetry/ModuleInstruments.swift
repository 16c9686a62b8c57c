import GantryThreads

/// The numbers of one module of one tenant. Any thread.
public final class ModuleInstruments: Sendable {
    /// Names and values of a measurement's labels.
    public typealias Labels = [(name: String, value: String)]

    private static let maximumLabels = 8
    private static let maximumNameBytes = 64
    private static let maximumValueBytes = 128

    private struct State {
        /// By kind, family and labels.
        var series: [String: ModuleSeries] = [:]
        var names: [(family: String, text: String)] = []
    }

    /// Weak, for it keeps these instruments; a host that has ended counts nothing any more.
    private weak let metrics: ModuleMetrics?
    private let prefix: String
    private let ownLabels: String
    private let tenant: String
    private let state = Lock(State())

    init(metrics: ModuleMetrics, tenant: String, module: String) {
        self.metrics = metrics
        prefix = "module_" + module.split(separator: "-").joined(separator: "__") + "_"
        ownLabels = Metrics.text([("module", module)])
        self.tenant = tenant
    }

    /// Adds to a counter; the amount is not negative.
    public func add(_ name: String, labels: Labels = [], _ amount: Double) -> ModuleMetrics.Outcome {
        amount >= 0 ? measure(.counter, name, labels, amount) { $0.add(amount) } : .invalid
    }

    /// Sets a gauge.
    public func set(_ name: String, labels: Labels = [], _ value: Double) -> ModuleMetrics.Outcome {
        measure(.gauge, name, labels, value) { $0.set(value) }
    }

    /// Records a value in a histogram.
    public func record(_ name: String, labels: Labels = [], _ value: Double) -> ModuleMetrics.Outcome {
        measure(.histogram, name, labels, value) { $0.record(value) }
    }

    private func measure(
        _ kind: ModuleMetrics.Kind, _ name: String, _ labels: Labels, _ value: Double, _ body: (ModuleSeries) -> Void
    ) -> ModuleMetrics.Outcome {
        guard value.isFinite, labels.count <= Self.maximumLabels else { return .invalid }
        var key = "\(kind.rawValue) \(name)"
        for label in labels { key += "\u{1}\(label.name)\u{2}\(label.value)" }
        if let series = state.withLock({ $0.series[key] }) {
            body(series)
            return .taken
        }
        let (outcome, series) = makeSeries(kind, name, labels, key)
        if let series { body(series) }
        return outcome
    }

    /// Checks what is new and finds its series.
    private func makeSeries(
        _ kind: ModuleMetrics.Kind, _ name: String, _ labels: Labels, _ key: String
    ) -> (ModuleMetrics.Outcome, ModuleSeries?) {
        let reserved: Set = ["module", "tenant", "le"]
        let names = labels.map(\.name)
        guard Self.isName(name), names.allSatisfy({ Self.isName($0) && !reserved.contains($0) }),
            Set(names).count == names.count,
            labels.allSatisfy({ $0.value.utf8.count <= Self.maximumValueBytes && !$0.value.contains("\r") })
        else { return (.invalid, nil) }
        let sorted = labels.sorted { $0.name < $1.name }
        let text = ([ownLabels] + (sorted.isEmpty ? [] : [Metrics.text(sorted)])).joined(separator: ",")
        guard let metrics else { return (.taken, nil) }
        return state.withLock { state in
            let isFull = state.names.count >= ModuleMetrics.maximumInstanceSeries
            if isFull, !state.names.contains(where: { $0.family == prefix + name && $0.text == text }) {
                return (.tooMany, nil)
            }
            let (outcome, series) = metrics.series(
                prefix + name, kind: kind, labels: names.sorted(), key: ModuleMetrics.Key(tenant: tenant, text: text))
            guard let series else { return (outcome, nil) }
            // Labels in another order are the same series under another key.
            if !state.names.contains(where: { $0.family == prefix + name && $0.text == text }) {
                state.names.append((prefix + name, text))
            }
            if state.series.count < 4 * ModuleMetrics.maximumInstanceSeries { state.series[key] = series }
            return (outcome, series)
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard (1...maximumNameBytes).contains(text.utf8.count), let first = text.utf8.first else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return letters.contains(first)
            && text.utf8.allSatisfy {
                letters.contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
            }
    }
}
