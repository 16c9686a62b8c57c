import GantryThreads
import Glibc

/// The host's instruments, and their exposition in the Prometheus text format. Any thread. Instruments are looked up
/// once and kept by whoever uses them.
public final class Metrics: Sendable {
    /// Names and values of an instrument's labels, in the order in which they are written.
    public typealias Labels = [(name: String, value: String)]

    enum Instrument {
        case counter(Counter)
        case gauge(Gauge)
    }

    struct Family {
        var help: String
        var kind: String
        var instruments: [String: Instrument] = [:]
    }

    struct State {
        var routes: [String: RouteInstruments] = [:]
        var families: [String: Family] = [:]
        var costs: [String: CallCosts] = [:]
        var observers: [@Sendable () -> Void] = []
    }

    /// Routes and series of a family that are told apart; of what comes beyond, all is one.
    private static let maximumRoutes = 4096
    private static let maximumSeries = 4096

    /// Requests whose answer has not been given yet.
    public let requestsInFlight: Gauge
    /// Open streams of server-sent events.
    public let eventStreams: Gauge
    /// Open WebSockets.
    public let webSockets: Gauge
    /// What modules measure.
    public let modules: ModuleMetrics
    /// Which tenants are named.
    public let tenants: TenantLabels
    let state: Lock<State>

    /// Instruments for a process that starts now.
    /// - Parameter tenantLimit: How many tenants get a label of their own; with 0 no family has such a label.
    public init(tenantLimit: Int = 0) {
        tenants = TenantLabels(limit: tenantLimit)
        modules = ModuleMetrics(tenants: tenants)
        var state = State()
        Self.declare(&state)
        requestsInFlight = Self.gauge("http_requests_in_flight", "", &state)
        eventStreams = Self.gauge("sse_connections", "", &state)
        webSockets = Self.gauge("websocket_connections", "", &state)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        Self.gauge("process_start_time_seconds", "", &state).set(Int64(now.tv_sec))
        self.state = Lock(state)
    }

    /// The instruments of a route; the same object for the same route.
    /// - Parameters:
    ///   - method: HTTP method.
    ///   - route: The template, never a raw path.
    ///   - version: The version of the API that answers; empty when it has none.
    public func route(method: String, route: String, version: String) -> RouteInstruments {
        let key = "\(method) \(version) \(route)"
        return state.withLock { state in
            if let known = state.routes[key] { return known }
            // Where modules are mounted is the operator's to say, for each tenant.
            if state.routes.count >= Self.maximumRoutes {
                return Self.route("\(method) \(version) other", method, "other", version, &state)
            }
            return Self.route(key, method, route, version, &state)
        }
    }

    private static func route(
        _ key: String, _ method: String, _ route: String, _ version: String, _ state: inout State
    ) -> RouteInstruments {
        if let known = state.routes[key] { return known }
        let instruments = RouteInstruments(method: method, route: route, version: version)
        state.routes[key] = instruments
        return instruments
    }

    /// Has the function called before each exposition, to set gauges whose values are known elsewhere. It must not
    /// block.
    public func onExposition(_ observe: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(observe) }
    }

    /// Requests refused by a rate limit.
    public func rateLimitRejections(group: String) -> Counter {
        counter("rate_limit_rejections_total", labels: [("group", group)])
    }

    /// Whether a module is in service.
    public func setModule(_ id: String, version: String, isUp: Bool) {
        gauge("module_up", labels: [("module", id), ("version", version)]).set(isUp ? 1 : 0)
    }

    /// Deliveries that providers sent.
    public func inboundWebhooks(provider: String, status: String) -> Counter {
        counter("inbound_webhooks_total", labels: [("provider", provider), ("status", status)])
    }

    /// Background jobs in a state such as `pending`, `running` or `failed`.
    public func backgroundJobs(status: String) -> Gauge {
        gauge("background_jobs", labels: [("status", status)])
    }

    /// Deliveries of events that are not done, in a state such as `retrying` or `dead`.
    public func eventDeliveries(status: String) -> Gauge {
        gauge("event_deliveries", labels: [("status", status)])
    }

    /// A counter of any family; one that is not known yet is declared with the help. Of a family that has too many
    /// series, all further ones are one.
    public func counter(_ name: String, help: String = "", labels: Labels = []) -> Counter {
        state.withLock { state in
            let text = Self.place(labels, in: state.families[name])
            if case .counter(let known)? = state.families[name]?.instruments[text] { return known }
            let counter = Counter()
            state.families[name, default: Family(help: help, kind: "counter")].instruments[text] = .counter(counter)
            return counter
        }
    }

    /// A gauge of any family, as with `counter`.
    public func gauge(_ name: String, help: String = "", labels: Labels = []) -> Gauge {
        state.withLock { Self.gauge(name, Self.place(labels, in: $0.families[name]), &$0, help: help) }
    }

    private static func place(_ labels: Labels, in family: Family?) -> String {
        let text = text(labels)
        guard let family, family.instruments.count >= maximumSeries, family.instruments[text] == nil else {
            return text
        }
        return Self.text(labels.map { ($0.name, "other") })
    }

    @discardableResult
    private static func gauge(_ name: String, _ text: String, _ state: inout State, help: String = "") -> Gauge {
        if case .gauge(let known)? = state.families[name]?.instruments[text] { return known }
        let gauge = Gauge()
        state.families[name, default: Family(help: help, kind: "gauge")].instruments[text] = .gauge(gauge)
        return gauge
    }

    private static func declare(_ state: inout State) {
        let families = [
            ("http_requests_in_flight", "gauge", "Requests whose answer has not been given yet."),
            ("rate_limit_rejections_total", "counter", "Requests refused by a rate limit."),
            ("module_up", "gauge", "Whether a module is in service."),
            ("sse_connections", "gauge", "Open streams of server-sent events."),
            ("websocket_connections", "gauge", "Open WebSockets."),
            ("inbound_webhooks_total", "counter", "Deliveries taken in from outside providers."),
            ("background_jobs", "gauge", "Background jobs by state."),
            ("event_deliveries", "gauge", "Deliveries of events that were not done at once, by state."),
            ("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970."),
        ]
        for (name, kind, help) in families { state.families[name] = Family(help: help, kind: kind) }
    }

    static func text(_ labels: Labels) -> String {
        labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
