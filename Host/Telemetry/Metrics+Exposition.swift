import GantryThreads

extension Metrics {
    /// Media type of `exposition()`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All values now, in the Prometheus text format.
    public func exposition() -> [UInt8] {
        let (routes, families) = state.withLock { state in
            (Array(state.routes.values), state.families.mapValues { ($0.help, $0.kind, Array($0.instruments)) })
        }
        var text = ""
        Self.write(routes.sorted { ($0.route, $0.method, $0.version) < ($1.route, $1.method, $1.version) }, to: &text)
        for (name, (help, kind, instruments)) in families.sorted(by: { $0.key < $1.key }) {
            Self.header(name, kind: kind, help: help, to: &text)
            for (labels, instrument) in instruments.sorted(by: { $0.key < $1.key }) {
                let braces = labels.isEmpty ? "" : "{\(labels)}"
                switch instrument {
                case .counter(let counter): text += "\(name)\(braces) \(counter.value)\n"
                case .gauge(let gauge): text += "\(name)\(braces) \(gauge.value)\n"
                }
            }
        }
        modules.write(to: &text)
        return Array(text.utf8)
    }

    private static func header(_ name: String, kind: String, help: String, to text: inout String) {
        if !help.isEmpty { text += "# HELP \(name) \(help)\n" }
        text += "# TYPE \(name) \(kind)\n"
    }

    private static func write(_ routes: [RouteInstruments], to text: inout String) {
        header("http_requests_total", kind: "counter", help: "Requests answered.", to: &text)
        for route in routes {
            for (status, count) in route.counts() {
                let labels: Labels = [
                    ("method", route.method), ("route", route.route), ("status", "\(status)"),
                    ("version", route.version),
                ]
                text += "http_requests_total{\(Self.text(labels))} \(count)\n"
            }
        }
        let name = "http_request_duration_seconds"
        header(name, kind: "histogram", help: "Time from a request's head to its answer.", to: &text)
        // The family has no version label, so routes that differ in it alone are added up.
        var merged: [(labels: String, counts: [UInt64], sum: UInt64)] = []
        for route in routes {
            let labels = Self.text([("method", route.method), ("route", route.route)])
            let (counts, sum) = route.durations.snapshot()
            guard counts.contains(where: { $0 > 0 }) else { continue }
            if let index = merged.firstIndex(where: { $0.labels == labels }) {
                merged[index].counts = zip(merged[index].counts, counts).map(+)
                merged[index].sum += sum
            } else {
                merged.append((labels, counts, sum))
            }
        }
        for (labels, counts, sum) in merged {
            var total: UInt64 = 0
            for (bound, count) in zip(DurationHistogram.labels + ["+Inf"], counts) {
                total += count
                text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(total)\n"
            }
            text += "\(name)_sum{\(labels)} \(Double(sum) / 1e9)\n\(name)_count{\(labels)} \(total)\n"
        }
    }
}
