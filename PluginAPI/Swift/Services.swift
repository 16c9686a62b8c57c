public import CGantry

/// Functions that other modules export and the manifest imports under `services.imports`.
public struct Services {
    let scope: CallScope

    /// Finds the function behind `signature`, such as `flags.is_enabled(string, string) -> bool`.
    ///
    /// Cast it to the C type that follows from the signature (`gantry/services.h`), and call it with a call that is
    /// under way. It lives as long as the instance.
    public func find(_ signature: String) throws(HostError) -> gantry_service_fn_v1 {
        let table = try scope.tables.pointee.services.get()
        var function: gantry_service_fn_v1?
        try HostError.checkRecord("gantry.services find") { record in
            signature.withText { table.pointee.find.unsafelyUnwrapped(scope.call, $0, &function, record) }
        }
        guard let function else { throw HostError(.failed, message: "The host found no function for \(signature)") }
        return function
    }
}
