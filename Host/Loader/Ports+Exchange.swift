public import GantryCore

/// The way of one instance to the services that the tenant's other modules export. Any thread.
public protocol ExchangePort: AnyObject, Sendable {
    /// Runs the body with the instance of the exporting module, of the same tenant, started first where it must
    /// be. Answers what the body answers, or why there is no instance: `unsupported` when the tenant does not have the
    /// module enabled or it has no such service, `busy` when it is being started or ended.
    /// - Parameters:
    ///   - mayWait: Whether the calling thread may wait for a start.
    ///   - deadlineNanoseconds: CLOCK_MONOTONIC until which it waits; 0 for as long as it takes.
    func withExporter(
        of service: ServiceDeclaration, mayWait: Bool, deadlineNanoseconds: Int64,
        _ body: (ModuleInstance) -> PortOutcome
    ) -> PortOutcome

    /// Takes note of a call that is over.
    func record(_ service: ServiceDeclaration, _ status: ModuleStatus, durationNanoseconds: Int64)
}
