import CGantry
import CGantryServices
import GantryCore
import Synchronization

extension ModuleInstance {
    /// Serves a call of another module of the tenant on the calling thread. The arguments were checked.
    func serve(
        _ service: UnsafePointer<gantry_service>, _ arguments: UnsafePointer<gantry_value_v1>?, for caller: ModuleCall,
        parent: UInt64, _ receiver: ServiceReceiver
    ) -> PortOutcome {
        // Whoever finds the exporter looks among the caller's tenant alone; this is the second lock on that door.
        guard tenant == caller.instance.tenant, self !== caller.instance,
            let export = module.services.export(service)
        else { return PortOutcome(.unsupported, message: "`\(moduleID)` does not export it.") }
        let name = export.export.declaration.qualifiedName
        let isInline = export.export.execution == .inline
        guard isInline || ThreadRule.mayWait else {
            return PortOutcome(.thread, message: "`\(name)` may wait, and nothing may wait in \(caller.description).")
        }
        let callCount = serviceCalls.add(1, ordering: .acquiringAndReleasing).newValue
        guard callCount <= manifest.maximumConcurrentCalls ?? .max, let pointer = beginCall() else {
            serviceCalls.subtract(1, ordering: .releasing)
            return PortOutcome(.busy, message: "`\(moduleID)` takes no more calls now.")
        }
        let start = MonotonicClock.nanoseconds
        var trace = caller.trace
        trace.spanID = parent
        if caller.recordingSpans != nil { trace.spanID = UInt64.random(in: 1 ... .max) }
        let call = ModuleCall(
            instance: self, sink: nil,
            deadlineNanoseconds: deadline(of: export.export, after: start, caller.waitingDeadlineNanoseconds),
            trace: trace, principal: caller.principal, what: .service(name), depth: caller.depth + 1,
            payer: caller.usage)
        let outcome: PortOutcome
        if isInline || module.worker != nil {
            // What never waits needs no thread of its own, and calls of a worker end by themselves.
            outcome = enter(export, pointer, call, arguments, receiver, isInline: isInline)
            endService(call)
        } else {
            outcome = ServiceErrand(self, pointer, export, call, arguments).run(receiver)
        }
        caller.recordingSpans?.record(
            CallSpan(
                name: name, kind: .client, trace: trace, parent: parent,
                durationNanoseconds: MonotonicClock.nanoseconds - start, isError: outcome.status != .ok,
                attributes: [("gantry.service.module", moduleID)]))
        return outcome
    }

    /// The module has left the call.
    func endService(_ call: ModuleCall) {
        call.end()
        endCall()
        serviceCalls.subtract(1, ordering: .releasing)
    }

    /// Notes in the module's log that nobody has waited for what it did.
    func tellOfLateAnswer(_ service: ServiceDeclaration, _ call: ModuleCall) {
        ports.log.write(
            level: .warning, message: "A service answered after its time: nobody waited any more.",
            fields: [("service", service.description)], trace: call.trace)
    }

    /// Calls the module; `receiver` is given its result before this returns.
    func enter(
        _ export: LoadedServices.Export, _ pointer: UnsafeMutableRawPointer?, _ call: ModuleCall,
        _ arguments: UnsafePointer<gantry_value_v1>?, _ receiver: ServiceReceiver, isInline: Bool
    ) -> PortOutcome {
        let service = export.service
        var context = self.context(of: call)
        var result = ServiceResult(type: service.pointee.result, receiver)
        let outcome = withUnsafeMutablePointer(to: &result) { result in
            if let function = export.function {
                let answer = enter(for: call, mayWait: !isInline) {
                    gantry_service_invoke(
                        service, function, pointer, &context, arguments, ServiceResult.take, result)
                }
                return result.pointee.outcome(ModuleStatus(rawValue: answer))
            }
            let error = ErrorRecord()
            let answer = enter(for: call, mayWait: !isInline) {
                module.services.exporter?.call?(
                    pointer, &context, service.pointee.signature, arguments,
                    UInt64(service.pointee.parameter_count), ServiceResult.take, result, error.pointer)
                    ?? ModuleStatus.unsupported.rawValue
            }
            return result.pointee.outcome(
                ModuleStatus(rawValue: answer), code: error.pointer.pointee.code, message: error.message)
        }
        return outcome.status == .failed ? told(outcome, of: export.export.declaration, call) : outcome
    }

    /// The failure with the service's name, noted in the exporting module's log.
    private func told(_ outcome: PortOutcome, of service: ServiceDeclaration, _ call: ModuleCall) -> PortOutcome {
        var outcome = outcome
        if outcome.message.isEmpty { outcome.message = "it failed without a word" }
        ports.log.write(
            level: .warning, message: "A service failed: \(outcome.message)",
            fields: [("service", service.description)], trace: call.trace)
        outcome.message = "`\(service.qualifiedName)`: \(outcome.message)"
        return outcome
    }

    /// The earlier of the service's own and the caller's.
    private func deadline(of export: Manifest.Export, after start: Int64, _ callers: Int64) -> Int64 {
        let own = start + export.timeoutMilliseconds * 1_000_000
        return callers == 0 ? own : min(own, callers)
    }
}
