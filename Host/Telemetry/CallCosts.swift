import GantryThreads

/// What the requests for one module of one tenant have cost. Any thread.
public final class CallCosts: Sendable {
    /// What is counted.
    public enum Part: Int, CaseIterable, Sendable {
        case processorNanoseconds
        case requestBytes
        case responseBytes
        case databaseNanoseconds
        case databaseRows
        case databaseBytes
        case outboundNanoseconds
        case outboundRequests
    }

    let module: String
    let tenant: String
    private let counters = CounterArray(count: Part.allCases.count)

    init(module: String, tenant: String) {
        self.module = module
        self.tenant = tenant
    }

    /// Adds to a part.
    public func add(_ part: Part, _ amount: Int64) {
        if amount > 0 { counters.increment(part.rawValue, by: UInt64(amount)) }
    }

    /// Adds what one request has cost.
    /// - Parameter processorWeight: How many requests the processor's time stands for, where only some are measured.
    public func add(_ cost: RequestCost, processorWeight: Int64 = 1) {
        add(.processorNanoseconds, cost.processorNanoseconds * processorWeight)
        add(.requestBytes, Int64(cost.requestBytes))
        add(.responseBytes, Int64(cost.responseBytes))
        if cost.databaseNanoseconds > 0 {
            add(.databaseNanoseconds, cost.databaseNanoseconds)
            add(.databaseRows, cost.databaseRows)
            add(.databaseBytes, cost.databaseBytes)
        }
        add(.outboundNanoseconds, cost.outboundNanoseconds)
        add(.outboundRequests, cost.outboundRequests)
    }

    subscript(part: Part) -> UInt64 { counters[part.rawValue] }
}

extension CallCosts.Part {
    /// Name of the family, what it tells, and how many of what is counted make one of what is shown.
    var family: (name: String, help: String, unit: Double) {
        switch self {
        case .processorNanoseconds:
            ("call_cpu_seconds_total", "Time that modules' handlers have computed.", 1e9)
        case .requestBytes: ("call_request_bytes_total", "Bytes of requests' bodies.", 1)
        case .responseBytes: ("call_response_bytes_total", "Bytes of answers' bodies as they were sent.", 1)
        case .databaseNanoseconds:
            ("call_database_seconds_total", "Time that transactions took, waiting included.", 1e9)
        case .databaseRows: ("call_database_rows_total", "Rows that were read or changed.", 1)
        case .databaseBytes: ("call_database_bytes_total", "Bytes of texts and blobs that were read.", 1)
        case .outboundNanoseconds:
            ("call_outbound_seconds_total", "Time that requests to other servers took.", 1e9)
        case .outboundRequests: ("call_outbound_requests_total", "Requests to other servers.", 1)
        }
    }
}

extension Metrics {
    /// Where the costs of a module of a tenant are counted; the same object each time.
    public func callCosts(module: String, tenant: String) -> CallCosts {
        state.withLock { state in
            let key = "\(module) \(tenant)"
            if let known = state.costs[key] { return known }
            let costs = CallCosts(module: module, tenant: tenant)
            state.costs[key] = costs
            return costs
        }
    }

    /// Adds what was spent. Tenants without a label of their own are added up.
    func writeCosts(_ costs: [CallCosts], to text: inout String) {
        var folded: [String: [UInt64]] = [:]
        for cost in costs {
            var labels: Labels = [("module", cost.module)]
            if tenants.limit > 0 { labels.append(("tenant", tenants.label(of: cost.tenant))) }
            let key = Self.text(labels)
            var sums = folded[key] ?? CallCosts.Part.allCases.map { _ in 0 }
            for part in CallCosts.Part.allCases { sums[part.rawValue] += cost[part] }
            folded[key] = sums
        }
        let sorted = folded.sorted { $0.key < $1.key }
        for part in CallCosts.Part.allCases {
            let (name, help, unit) = part.family
            Self.header(name, kind: "counter", help: help, to: &text)
            for (labels, sums) in sorted {
                let sum = sums[part.rawValue]
                text += "\(name){\(labels)} " + (unit == 1 ? "\(sum)\n" : "\(Double(sum) / unit)\n")
            }
        }
    }
}
