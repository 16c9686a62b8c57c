import CGantry
import CGantryServices
public import GantryKit

extension TestHost {
    /// Plays another module of the tenant that exports `service`; what `serve` throws is what its caller gets. A later
    /// one of the same declaration takes its place.
    public func provide<Result, each Argument: ServiceValue>(
        _ service: Service<Result, repeat each Argument>,
        _ serve: @escaping @Sendable (repeat each Argument) throws -> Result
    ) {
        state.withLock { state in
            state.services[service.declaration] = { data in try service.run(data, serve) }
        }
    }

    /// The module that exports `service` is not there any more: calls of it answer `.unsupported`.
    public func withdraw<Result, each Argument: ServiceValue>(_ service: Service<Result, repeat each Argument>) {
        state.withLock { _ = $0.services.removeValue(forKey: service.declaration) }
    }

    /// Calls a service that the module exports, as another module would. Throws `HostError` with what it answered.
    public func call<Result, each Argument: ServiceValue>(
        _ service: Service<Result, repeat each Argument>, _ argument: repeat each Argument
    ) throws -> Result {
        try service.result(try serve(service.declaration, service.data((repeat each argument))))
    }

    private func serve(_ declaration: String, _ data: [ServiceDatum]) throws -> ServiceDatum? {
        let memory = LentMemory()
        let signature = memory.text(declaration)
        var function: gantry_service_fn_v1?
        let found = Status(
            rawValue: loaded.exporter?.function?(loaded.module.module, signature, &function)
                ?? Status.unsupported.rawValue)
        guard found == .ok, let exporter = loaded.exporter else {
            throw HostError(found, message: "The module does not export \(declaration).")
        }
        var prepared: UnsafePointer<gantry_service>?
        guard gantry_service_find(signature, &prepared) == Status.ok.rawValue, let prepared else {
            throw TestFailure("`\(declaration)` is not spelled as gantry/services.h says")
        }
        var result: ServiceDatum?
        try background(.service) { instance, call, record in
            ServiceDatum.lend(data[...]) { values in
                withUnsafeMutablePointer(to: &result) { place in
                    if let function {
                        return gantry_service_invoke(
                            prepared, function, instance, call, values.baseAddress, Self.keep, place)
                    }
                    return exporter.call?(
                        instance, call, signature, values.baseAddress, UInt64(values.count), Self.keep, place, record)
                        ?? Status.unsupported.rawValue
                }
            }
        }
        return result
    }

    private static let keep: gantry_service_result_fn_v1 = { context, value in
        guard let context, let value else { return Status.invalid.rawValue }
        context.assumingMemoryBound(to: ServiceDatum?.self).pointee = ServiceDatum(value.pointee)
        return Status.ok.rawValue
    }
}
