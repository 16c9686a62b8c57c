public import CGantry

/// Functions that other modules export and the manifest imports under `services.imports`; needs the capability
/// `services`.
public struct Services {
    let scope: CallScope

    /// Calls a service of another module of the tenant.
    ///
    /// Throws `HostError`: `.unsupported` where the tenant does not have the exporter, `.denied` for what is not
    /// imported or not granted, `.thread` where the service may wait and this thread may not, `.busy` while the module
    /// is being started, and whatever the service itself fails with.
    public func call<Result, each Argument: ServiceValue>(
        _ service: Service<Result, repeat each Argument>, _ argument: repeat each Argument
    ) throws(HostError) -> Result {
        try service.result(try call(service.declaration, service.data((repeat each argument))))
    }

    /// Calls by values.
    func call(_ declaration: String, _ data: [ServiceDatum]) throws(HostError) -> ServiceDatum? {
        let table = try scope.tables.pointee.services.get()
        var result: ServiceDatum?
        try HostError.checkRecord("gantry.services call") { record in
            ServiceDatum.lend(data[...]) { values in
                declaration.withText { signature in
                    withUnsafeMutablePointer(to: &result) { place in
                        table.pointee.call.unsafelyUnwrapped(
                            scope.call, signature, values.baseAddress, UInt64(values.count), Self.take, place, record)
                    }
                }
            }
        }
        return result
    }

    private static let take: gantry_service_result_fn_v1 = { context, value in
        guard let context, let value else { return Status.invalid.rawValue }
        context.assumingMemoryBound(to: ServiceDatum?.self).pointee = ServiceDatum(value.pointee)
        return Status.ok.rawValue
    }

    /// Finds the function behind `declaration`, such as `flags.is_enabled(string, string) -> bool`, for code in C.
    ///
    /// Cast it to the C type that follows from the declaration (`gantry/services.h`), and call it with a call that is
    /// under way.
    public func find(_ declaration: String) throws(HostError) -> gantry_service_fn_v1 {
        let table = try scope.tables.pointee.services.get()
        var function: gantry_service_fn_v1?
        try HostError.checkRecord("gantry.services find") { record in
            declaration.withText { table.pointee.find.unsafelyUnwrapped(scope.call, $0, &function, record) }
        }
        guard let function else { throw HostError(.failed, message: "The host found no function for \(declaration)") }
        return function
    }
}

extension AsyncServices {
    /// Calls a service of another module of the tenant on a thread that may wait, and awaits its result.
    ///
    /// A service that is `inline` needs no thread of its own: `services.call` calls it at once.
    public func call<Result: Sendable, each Argument: ServiceValue>(
        _ service: Service<Result, repeat each Argument>, _ argument: repeat each Argument
    ) async throws -> Result {
        let data = service.data((repeat each argument))
        return try await blocking { context in
            try service.result(try context.services.call(service.declaration, data))
        }
    }
}
