import GantryCore
import GantryLoader
import GantryTelemetry
import GantryThreads

/// The services of a tenant's other modules as the interface's table reaches them. It knows its own tenant and looks
/// nowhere else.
final class ExchangeAdapter: ExchangePort {
    private struct Instruments {
        /// By status.
        var calls: [Int32: Counter] = [:]
        let microseconds: Counter
    }

    /// Who waits for a start longer is told to try again.
    private static let startTime = Duration.seconds(10)

    private let importer: String
    private let metrics: Metrics
    private let slot: @Sendable (_ module: String) -> InstanceSlot?
    private let instruments = Lock<[ServiceDeclaration: Instruments]>([:])

    /// - Parameter slot: The place of a module of the importing one's tenant; nil when it is not enabled.
    init(
        importer: String, metrics: Metrics, slot: @escaping @Sendable (_ module: String) -> InstanceSlot?
    ) {
        self.importer = importer
        self.metrics = metrics
        self.slot = slot
    }

    func withExporter(
        of service: ServiceDeclaration, mayWait: Bool, deadlineNanoseconds: Int64,
        _ body: (ModuleInstance) -> PortOutcome
    ) -> PortOutcome {
        guard let slot = slot(service.provider)?.newest else {
            return PortOutcome(
                .unsupported,
                message: "`\(service.qualifiedName)`: the tenant does not have the module `\(service.provider)`.")
        }
        // What is quick elsewhere is not where every call crosses to another process; calls of such modules are on no
        // event loop themselves.
        guard mayWait || !slot.module.isolation.isWorker || importerIsIsolated else {
            return PortOutcome(
                .thread, message: "`\(service.qualifiedName)` is answered by another process; nothing may wait here.")
        }
        if let instance = slot.gate.borrow() {
            defer { slot.gate.giveBack() }
            return body(instance)
        }
        guard mayWait else {
            slot.start { _ in }
            return PortOutcome(.busy, message: "`\(service.qualifiedName)`: `\(service.provider)` is being started.")
        }
        let deadline = min(.after(Self.startTime), Deadline(monotonicNanoseconds: deadlineNanoseconds))
        return slot.withInstance(until: deadline, body)
            ?? PortOutcome(.busy, message: "`\(service.qualifiedName)`: `\(service.provider)` could not be started.")
    }

    private var importerIsIsolated: Bool { slot(importer)?.module.isolation.isWorker == true }

    func record(_ service: ServiceDeclaration, _ status: ModuleStatus, durationNanoseconds: Int64) {
        let (calls, microseconds) = instruments.withLock { known in
            var found = known[service] ?? Instruments(microseconds: self.microseconds(service))
            let calls = found.calls[status.rawValue] ?? counter(service, status)
            found.calls[status.rawValue] = calls
            known[service] = found
            return (calls, found.microseconds)
        }
        calls.increment()
        microseconds.increment(by: UInt64(max(0, durationNanoseconds) / 1000))
    }

    private func counter(_ service: ServiceDeclaration, _ status: ModuleStatus) -> Counter {
        metrics.counter(
            "service_calls_total", help: "Calls of one module's service by another module, by status.",
            labels: [("importer", importer), ("service", service.qualifiedName), ("status", "\(status)")])
    }

    private func microseconds(_ service: ServiceDeclaration) -> Counter {
        metrics.counter(
            "service_call_microseconds_total", help: "Time that calls of one module's service by another took.",
            labels: [("importer", importer), ("service", service.qualifiedName)])
    }
}
