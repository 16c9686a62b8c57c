import CGantry

/// The tables that every module built with the kit answers `query` with. They are constant and shared by all modules of
/// an image; what differs lies behind the `void *` that each function receives.
enum ModuleTables {
    static let query:
        @convention(c) (
            UnsafeMutableRawPointer?, gantry_str_v1, UInt32, UnsafeMutablePointer<UnsafeRawPointer?>?
        ) -> Int32 = { module, id, revision, out in
            guard let module, let out else { return Status.invalid.rawValue }
            guard revision == 1 else { return Status.unsupported.rawValue }
            let export = Unmanaged<ModuleExport>.fromOpaque(module).takeUnretainedValue()
            if id.equals(GANTRY_LIFECYCLE_ID) {
                out.pointee = lifecycle.address
            } else if id.equals(GANTRY_HTTP_ID), export.hasOperations {
                out.pointee = http.address
            } else if id.equals(GANTRY_SUBSCRIBER_ID), export.hasSubscriptions {
                out.pointee = subscriber.address
            } else if id.equals(GANTRY_RUNNER_ID), export.hasJobs {
                out.pointee = runner.address
            } else if id.equals(GANTRY_EXPORTER_ID), !export.services.isEmpty {
                out.pointee = exporter.address
            } else if id.equals(GANTRY_STATE_ID), export.hasState {
                out.pointee = state.address
            } else {
                return Status.unsupported.rawValue
            }
            return Status.ok.rawValue
        }

    private static let lifecycle = ConstantTable(
        gantry_lifecycle_v1(
            describe: { module, out in
                guard let module, let out else { return Status.invalid.rawValue }
                out.pointee = Unmanaged<ModuleExport>.fromOpaque(module).takeUnretainedValue().description
                return Status.ok.rawValue
            },
            create: { module, call, host, configuration, out, error in
                guard let module, let call, let host, let out else { return Status.invalid.rawValue }
                let export = Unmanaged<ModuleExport>.fromOpaque(module).takeUnretainedValue()
                do {
                    let call = KeptCall(call.pointee, HostTablesBox(try HostTables(host)))
                    let instance = try export.create(call, configuration: configuration)
                    out.pointee = Unmanaged.passRetained(instance).toOpaque()
                    return Status.ok.rawValue
                } catch let failure {
                    return Outcome.report(failure, to: error)
                }
            },
            start: { instance, call, error in
                enter(instance, call, error) { instance, context in try instance.start(context) }
            },
            quiesce: { instance, call, error in
                enter(instance, call, error) { instance, context in try instance.quiesce(context) }
            },
            stop: { instance, call, error in
                enter(instance, call, error) { instance, context in try instance.stop(context) }
            },
            destroy: { instance in
                guard let instance else { return Status.invalid.rawValue }
                Unmanaged<ModuleInstance>.fromOpaque(instance).release()
                return Status.ok.rawValue
            }))

    private static let http = ConstantTable(
        gantry_http_v1(
            handle: { instance, call, request in
                guard let instance, let call, let request else { return Status.invalid.rawValue }
                return Unmanaged<ModuleInstance>.fromOpaque(instance)._withUnsafeGuaranteedRef { instance in
                    do {
                        switch try instance.operation(request) {
                        case .synchronous(let body): return answer(body, call, request, instance)
                        case .asynchronous(let body): return try instance.start(body, call, request)
                        }
                    } catch {
                        return Outcome.status(of: error)
                    }
                }
            },
            check: { instance, call, request, known, knownCount, report, context, record in
                guard let instance, let call, let request, let report else { return Status.invalid.rawValue }
                return Unmanaged<ModuleInstance>.fromOpaque(instance)._withUnsafeGuaranteedRef { instance in
                    let request = Request(scope: instance.scope(call), raw: request)
                    do {
                        try instance.check(request) {
                            let known = UnsafeBufferPointer(lent: known, knownCount)
                            return FindingReport(known: known.map(Finding.init), report: report, context: context)
                        }
                        return Status.ok.rawValue
                    } catch {
                        return Outcome.report(error, to: record)
                    }
                }
            }))

    private static let subscriber = ConstantTable(
        gantry_subscriber_v1(deliver: { instance, call, event, error in
            guard let event else { return Status.invalid.rawValue }
            return enter(instance, call, error) { instance, context in try instance.deliver(event, context) }
        }))

    private static let runner = ConstantTable(
        gantry_runner_v1(run: { instance, call, job, error in
            guard let job else { return Status.invalid.rawValue }
            return enter(instance, call, error) { instance, context in try instance.run(job, context) }
        }))

    private static let exporter = ConstantTable(
        gantry_exporter_v1(
            function: { module, signature, out in
                guard let module, let out else { return Status.invalid.rawValue }
                // Functions of types that are known late are nothing that Swift makes: calls come by values.
                out.pointee = nil
                let export = Unmanaged<ModuleExport>.fromOpaque(module).takeUnretainedValue()
                let isExported = export.services.contains { signature.equals($0) }
                return isExported ? Status.ok.rawValue : Status.unsupported.rawValue
            },
            call: { instance, call, signature, arguments, count, onResult, resultContext, error in
                enter(instance, call, error) { instance, context in
                    let arguments = UnsafeBufferPointer(lent: arguments, count)
                    guard let result = try instance.serve(signature, arguments, context) else { return }
                    let status = result.lend { value in
                        withUnsafePointer(to: value) { onResult?(resultContext, $0) ?? Status.ok.rawValue }
                    }
                    try HostError.check(status, "The caller of a service")
                }
            }))

    /// Runs `body` with the instance behind `instance`, and turns what it throws into a status and a record.
    static func enter(
        _ instance: UnsafeMutableRawPointer?, _ call: UnsafePointer<gantry_call_v1>?,
        _ error: UnsafeMutablePointer<gantry_error_v1>?,
        _ body: (ModuleInstance, borrowing CallContext) throws -> Void
    ) -> Int32 {
        guard let instance, let call else { return Status.invalid.rawValue }
        return Unmanaged<ModuleInstance>.fromOpaque(instance)._withUnsafeGuaranteedRef { instance in
            do {
                try body(instance, CallContext(scope: instance.scope(call)))
                return Status.ok.rawValue
            } catch let failure {
                return Outcome.report(failure, to: error)
            }
        }
    }

    /// Runs a handler that answers before it returns. What it throws is the answer, or is logged and left to the host.
    private static func answer(
        _ body: (borrowing Request) throws -> Response, _ call: UnsafePointer<gantry_call_v1>,
        _ raw: UnsafePointer<gantry_request_v1>, _ instance: ModuleInstance
    ) -> Int32 {
        let scope = instance.scope(call)
        let request = Request(scope: scope, raw: raw)
        do {
            return try body(request).send(scope)
        } catch {
            return Outcome.answer(error, to: request) ?? Outcome.status(of: error)
        }
    }
}

/// A table with an address of its own, written once and never freed: the host keeps it for as long as the process runs.
///
/// `@unchecked Sendable`: nothing changes it after the initializer.
struct ConstantTable<Table>: @unchecked Sendable {
    let address: UnsafeRawPointer

    init(_ table: Table) {
        let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        memory.initialize(to: table)
        address = UnsafeRawPointer(memory)
    }
}
