import GantryCore
import GantryIdentity
import GantryLoader
import GantryTelemetry
import GantryThreads

/// What instances were denied: each is counted; the log and the audit log tell of the first of a kind in a minute, with
/// how many there were since the last one, so that no module can fill them. Any thread; nothing waits.
final class DenialLedger: Sendable {
    private struct Kind: Hashable {
        var tenant: String
        var module: String
        var capability: String
    }

    private struct Tally {
        /// CLOCK_MONOTONIC of the last entry.
        var toldNanoseconds: Int64
        /// Denials that no entry has told of.
        var untold = 0
    }

    private static let intervalNanoseconds: Int64 = 60_000_000_000

    private let metrics: Metrics
    private let log: Log
    private let audit: AuditLog
    /// Writes the entries, which wait for the disk.
    private let pool: ThreadPool
    private let tallies = Lock<[Kind: Tally]>([:])

    init(metrics: Metrics, log: Log, audit: AuditLog, pool: ThreadPool) {
        self.metrics = metrics
        self.log = log
        self.audit = audit
        self.pool = pool
    }

    /// The port of one instance.
    func port(tenant: String, module: String) -> any DenialPort {
        InstanceDenials(ledger: self, tenant: tenant, module: module)
    }

    fileprivate func note(_ right: String, _ function: StaticString, tenant: String, module: String) {
        let capability = String(right.prefix { $0 != ":" })
        metrics.modules.countDenial(tenant: tenant, module: module, capability: capability)
        let now = Deadline.now.monotonicNanoseconds
        let count = tallies.withLock { tallies -> Int? in
            let kind = Kind(tenant: tenant, module: module, capability: capability)
            guard var tally = tallies[kind] else {
                tallies[kind] = Tally(toldNanoseconds: now)
                return 1
            }
            tally.untold += 1
            defer { tallies[kind] = tally }
            guard now - tally.toldNanoseconds >= Self.intervalNanoseconds else { return nil }
            defer { tally = Tally(toldNanoseconds: now) }
            return tally.untold
        }
        if let count { tell(right, "\(function)", count, tenant, module) }
    }

    /// Tells of what an instance was denied since its last entry; when it ends.
    fileprivate func settle(tenant: String, module: String) {
        let left = tallies.withLock { tallies in
            let left = tallies.filter { $0.key.tenant == tenant && $0.key.module == module && $0.value.untold > 0 }
            for kind in left.keys { tallies[kind]?.untold = 0 }
            return left
        }
        for (kind, tally) in left { tell(kind.capability, "", tally.untold, tenant, module) }
    }

    private func tell(_ right: String, _ function: String, _ count: Int, _ tenant: String, _ module: String) {
        log.write(
            .warning, "A module was denied `\(right)`, which is not granted to it.",
            scope: LogScope(tenant: tenant, module: module),
            fields: [LogField("function", function), LogField("count", count)])
        let act = AuditAct(
            tenant: tenant, actor: .module(module), action: "capability.use", target: right, outcome: .denied,
            details: ["module": module, "function": function, "count": "\(count)"])
        _ = pool.submit { [audit, log] in
            do { try audit.record(act) } catch { log.write(.error, "The audit log cannot be written: \(error)") }
        }
    }
}

/// What one instance was denied.
private final class InstanceDenials: DenialPort {
    private let ledger: DenialLedger
    private let tenant: String
    private let module: String

    init(ledger: DenialLedger, tenant: String, module: String) {
        self.ledger = ledger
        self.tenant = tenant
        self.module = module
    }

    /// The instance is gone.
    deinit { ledger.settle(tenant: tenant, module: module) }

    func denied(_ right: String, function: StaticString) {
        ledger.note(right, function, tenant: tenant, module: module)
    }
}
