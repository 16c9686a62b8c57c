import GantryThreads

extension Metrics {
    /// Media type of `exposition()`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All values now, in the Prometheus text format. With many series it takes milliseconds: not for an event loop.
    public func exposition() -> [UInt8] {
        for observe in state.withLock({ $0.observers }) { observe() }
        let (routes, costs, families) = state.withLock { state in
            (
                Array(state.routes.values), Array(state.costs.values),
                state.families.mapValues { ($0.help, $0.kind, Array($0.instruments)) }
            )
        }
        tenants.giveOut { label in for route in routes { route.release(label: label) } }
        var text = ""
        write(routes.sorted { ($0.route, $0.method, $0.version) < ($1.route, $1.method, $1.version) }, to: &text)
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
        writeCosts(costs, to: &text)
        modules.write(to: &text)
        return Array(text.utf8)
    }

    static func header(_ name: String, kind: String, help: String, to text: inout String) {
        let words = help.isEmpty ? name.split(separator: "_").joined(separator: " ") : help
        text += "# HELP \(name) \(words)\n# TYPE \(name) \(kind)\n"
    }

    /// The label for tenants that goes before the others, where there is one.
    private func tenantLabel(_ number: Int) -> Labels {
        tenants.limit > 0 ? [("tenant", tenants.label(number))] : []
    }

    private func write(_ routes: [RouteInstruments], to text: inout String) {
        Self.header("http_requests_total", kind: "counter", help: "Requests answered.", to: &text)
        for route in routes {
            for (number, tally) in route.tallies.sorted(by: { $0.label < $1.label }) {
                for (status, count) in tally.statuses.counts {
                    let labels: Labels =
                        [
                            ("method", route.method), ("route", route.route),
                            ("status", status == StatusCounters.other ? "other" : "\(status)"),
                            ("version", route.version),
                        ] + tenantLabel(number)
                    text += "http_requests_total{\(Self.text(labels))} \(count)\n"
                }
            }
        }
        writeDurations(routes, to: &text)
    }

    private func writeDurations(_ routes: [RouteInstruments], to text: inout String) {
        let name = "http_request_duration_seconds"
        Self.header(name, kind: "histogram", help: "Time from a request's head to its answer.", to: &text)
        // The family has no version label, so routes that differ in it alone are added up.
        var merged: [(labels: String, durations: DurationHistogram)] = []
        var places: [String: Int] = [:]
        for route in routes {
            for (number, tally) in route.tallies.sorted(by: { $0.label < $1.label }) {
                guard tally.durations.hasObserved else { continue }
                let labels = Self.text([("method", route.method), ("route", route.route)] + tenantLabel(number))
                let place = places[labels] ?? merged.count
                places[labels] = place
                if place == merged.count { merged.append((labels, DurationHistogram())) }
                merged[place].durations.add(tally.durations)
            }
        }
        for (labels, durations) in merged {
            let (counts, sum) = durations.snapshot()
            var total: UInt64 = 0
            for (bound, count) in zip(DurationHistogram.labels + ["+Inf"], counts) {
                total += count
                text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(total)\n"
            }
            text += "\(name)_sum{\(labels)} \(Double(sum) / 1e9)\n\(name)_count{\(labels)} \(total)\n"
        }
    }
}
