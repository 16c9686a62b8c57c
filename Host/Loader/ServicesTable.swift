import CGantry
import CGantryServices
import GantryCore

/// `gantry.services`: calls between the modules of a tenant. Everything is looked up by the caller's handle, so that a
/// function that was found once can be called by whom it is not meant for, and gets nobody anywhere.
enum ServicesTable {
    /// Services that may be inside each other; modules that call each other in a circle are refused before.
    static let maximumDepth = 8
    private static let maximumArgumentBytes: UInt64 = 16 << 20

    static let find:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, UnsafeMutablePointer<gantry_service_fn_v1?>?,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, signature, outFunction, error in
            Misuse.checked(call, "gantry.services.find") {
                guard let outFunction, signature.isSpan else { return .invalid }
                outFunction.pointee = nil
                let answer = ServiceCalls.run(
                    call, \.exchange, error, needs: (.services, "gantry.services.find")
                ) { call, _ throws(PortOutcome) in
                    guard let found = call.instance.module.services.import(signature) else {
                        throw undeclared(signature)
                    }
                    return ModuleStatus(rawValue: gantry_service_import(found.service, handler, outFunction))
                }
                return ModuleStatus(rawValue: answer)
            }
        }

    static let call:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, UnsafePointer<gantry_value_v1>?, UInt64,
            gantry_service_result_fn_v1?, UnsafeMutableRawPointer?, UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, signature, arguments, count, onResult, context, error in
            Misuse.checked(call, "gantry.services.call") {
                guard signature.isSpan else { return .invalid }
                return perform(call, arguments, count, ServiceReceiver(onResult, context), error) { services in
                    services.import(signature)
                }
            }
        }

    /// Behind every function that `find` gives.
    private static let handler: gantry_service_handler = { service, call, arguments, onResult, context in
        Misuse.checked(call, "gantry.services function") {
            guard let service else { return .invalid }
            let count = UInt64(service.pointee.parameter_count)
            return perform(call, arguments, count, ServiceReceiver(onResult, context), nil) { services in
                services.import(service)
            }
        }
    }

    /// Checks who calls what with what, and enters the exporting module.
    private static func perform(
        _ context: UnsafePointer<gantry_call_v1>?, _ arguments: UnsafePointer<gantry_value_v1>?, _ count: UInt64,
        _ receiver: ServiceReceiver, _ error: UnsafeMutablePointer<gantry_error_v1>?,
        _ find: (LoadedServices) -> LoadedServices.Import?
    ) -> ModuleStatus {
        let answer = ServiceCalls.run(
            context, \.exchange, error, needs: (.services, "gantry.services.call")
        ) { call, port throws(PortOutcome) in
            guard let found = find(call.instance.module.services) else {
                throw PortOutcome(.denied, message: "The service is not listed under `services.imports`.")
            }
            guard context?.pointee.instance == call.instance.handleValue else { return .stale }
            let name = found.declaration.qualifiedName
            guard call.instance.isGranted(.services, part: name) else {
                throw call.instance.refusal(.services, part: name, "gantry.services.call")
            }
            guard !ThreadRule.isInTransaction else {
                throw PortOutcome(.thread, message: "`\(name)`: the body of a transaction calls no services.")
            }
            if let fault = fault(of: arguments, count, of: found.service.pointee) {
                throw PortOutcome(fault.status, message: "`\(name)`: \(fault.message)")
            }
            guard call.depth < maximumDepth else {
                throw PortOutcome(.limit, message: "`\(name)`: \(maximumDepth) services are inside each other.")
            }
            let start = MonotonicClock.nanoseconds
            let deadline = call.waitingDeadlineNanoseconds
            guard deadline == 0 || start < deadline, !call.isCancelled else {
                throw PortOutcome(.cancelled, message: "`\(name)`: the caller's time is over.")
            }
            if found.declaration.provider == PlatformService.provider {
                let outcome = PlatformCalls.serve(
                    found.declaration, found.service, arguments, for: call, receiver)
                let duration = MonotonicClock.nanoseconds - start
                port.record(found.declaration, outcome.status, durationNanoseconds: duration)
                if outcome.status != .ok { throw outcome }
                return .ok
            }
            let service = found.service
            let parent = context?.pointee.span_id ?? 0
            let outcome = port.withExporter(
                of: found.declaration, mayWait: ThreadRule.mayWait, deadlineNanoseconds: deadline
            ) { exporter in
                exporter.serve(service, arguments, for: call, parent: parent, receiver)
            }
            let duration = MonotonicClock.nanoseconds - start
            port.record(found.declaration, outcome.status, durationNanoseconds: duration)
            call.usage?.noteService(duration)
            if outcome.status != .ok { throw outcome }
            return .ok
        }
        return ModuleStatus(rawValue: answer)
    }

    private static func undeclared(_ signature: gantry_str_v1) -> PortOutcome {
        PortOutcome(
            .denied,
            message: "`\(String(decoding: signature.buffer.prefix(256), as: UTF8.self))` is not listed under "
                + "`services.imports` in this spelling.")
    }

    /// What is wrong with the arguments; nil when they are of the declared types.
    private static func fault(
        of arguments: UnsafePointer<gantry_value_v1>?, _ count: UInt64, of service: gantry_service
    ) -> (status: ModuleStatus, message: String)? {
        guard count == service.parameter_count else {
            return (.invalid, "it takes \(service.parameter_count) arguments, not \(count).")
        }
        var byteCount: UInt64 = 0
        return withUnsafeBytes(of: service.parameters) { types in
            for index in 0..<Int(count) {
                guard let value = arguments?[index],
                    value.type == gantry_service_value_type(types[index])
                else { return (.invalid, "argument \(index) is of another type.") }
                guard value.isFit(for: types[index]) else {
                    return (.invalid, "argument \(index) is no value of its type.")
                }
                if value.type >= 3 { byteCount += value.bytes.size }
            }
            return byteCount <= maximumArgumentBytes ? nil : (.limit, "its arguments have too many bytes.")
        }
    }
}

extension gantry_value_v1 {
    /// Whether a value of the right kind is one of the declared type: UTF-8, a span, 0 or 1.
    func isFit(for type: UInt8) -> Bool {
        switch UInt32(type) {
        case GANTRY_SERVICE_STRING.rawValue: bytes.isSpan && bytes.isUTF8
        case GANTRY_SERVICE_BYTES.rawValue: bytes.isSpan
        case GANTRY_SERVICE_BOOL.rawValue: integer == 0 || integer == 1
        default: true
        }
    }
}

extension gantry_str_v1 {
    /// Whether the bytes are text. What is ASCII throughout is known without a copy.
    var isUTF8: Bool { buffer.allSatisfy { $0 < 0x80 } || text != nil }
}
