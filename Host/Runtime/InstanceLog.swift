import GantryCore
import GantryLoader
import GantryTelemetry

/// Where the log lines of one instance go: the host's log, with tenant and module added.
final class InstanceLog: LogPort {
    private let log: Log
    private let scope: LogScope
    private static let hostFields: Set = [
        "timestamp", "level", "message", "trace_id", "span_id", "request_id", "tenant", "module",
    ]

    init(log: Log, tenant: String, module: String) {
        self.log = log
        scope = LogScope(tenant: tenant, module: module)
    }

    func write(
        level: Deployment.LogLevel, message: String, fields: [(name: String, value: String)], trace: TraceContext
    ) {
        // A module must not be able to write lines that look like another's.
        let named = fields.map { LogField(Self.hostFields.contains($0.name) ? "module_\($0.name)" : $0.name, $0.value) }
        log.write(level, message, scope: scope, trace: trace, fields: named)
    }
}
