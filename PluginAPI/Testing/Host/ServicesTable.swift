import CGantry
import CGantryServices
import GantryKit

/// `gantry.services`: other modules as the test plays them.
enum ServicesTable {
    static let table = gantry_services_v1(
        find: { call, signature, outFunction, error in
            TestHost.with(call, "gantry.services find") { host, _ in
                guard let outFunction, let service = service(signature) else { return .invalid }
                outFunction.pointee = nil
                return Status(rawValue: gantry_service_import(service, handler, outFunction))
            }
        },
        call: { call, signature, arguments, count, onResult, context, error in
            guard let service = service(signature), UInt64(service.pointee.parameter_count) == count else {
                return Status.invalid.rawValue
            }
            return perform(service, call, arguments, onResult, context, error)
        })

    private static let handler: gantry_service_handler = { service, call, arguments, onResult, context in
        guard let service else { return Status.invalid.rawValue }
        return perform(service, call, arguments, onResult, context, nil)
    }

    private static func service(_ signature: gantry_str_v1) -> UnsafePointer<gantry_service>? {
        var service: UnsafePointer<gantry_service>?
        _ = gantry_service_find(signature, &service)
        return service
    }

    private static func perform(
        _ service: UnsafePointer<gantry_service>, _ call: UnsafePointer<gantry_call_v1>?,
        _ arguments: UnsafePointer<gantry_value_v1>?, _ onResult: gantry_service_result_fn_v1?,
        _ context: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<gantry_error_v1>?
    ) -> Int32 {
        TestHost.with(call, "gantry.services call") { host, _ in
            let name = service.pointee.signature.copy
            guard let serve = host.state.withLock({ $0.services[name] }) else {
                error?.fill("The test provides no `\(name)`.")
                return .unsupported
            }
            let count = Int(service.pointee.parameter_count)
            let data = UnsafeBufferPointer(start: arguments, count: count).compactMap(ServiceDatum.init)
            guard data.count == count else { return .invalid }
            do {
                guard let result = try serve(data) else { return .ok }
                return Status(
                    rawValue: result.lend { value in
                        withUnsafePointer(to: value) { onResult?(context, $0) ?? Status.ok.rawValue }
                    })
            } catch let failure as HostError {
                error?.fill(code: failure.code, failure.message)
                return failure.status
            } catch {
                return .failed
            }
        }
    }
}
