import CGantry

/// What the operator keeps secret for this module and tenant.
public struct Secrets {
    let scope: CallScope

    /// The secret as it is now; nil when an optional one has no value.
    ///
    /// Ask each time instead of keeping it, so that a rotated one is used at once, and never log it. `name` stands
    /// under
    /// `secrets` of the manifest.
    public func value(_ name: String) throws(HostError) -> String? {
        let table = try scope.tables.pointee.settings.get()
        do {
            let bytes = try LentBytes.copy("gantry.settings secret") { take, context in
                name.withText { table.pointee.secret.unsafelyUnwrapped(scope.call, $0, take, context) }
            }
            return bytes.map { String(decoding: $0, as: UTF8.self) }
        } catch {
            throw error.hinting(
                denied: "Secrets are not granted: list `secrets` under `capabilities:` in module.yaml.",
                invalid: "The secret `\(name)` does not stand under `secrets:` in module.yaml.")
        }
    }
}

/// What the operator configured for this instance: a JSON object, checked against the manifest's schema.
///
/// It changes only with a new instance, so what `init` read of it stays true.
public struct Configuration {
    let scope: CallScope

    /// The configuration as a document.
    public func document() throws -> JSONDocument {
        let table = try scope.tables.pointee.settings.get()
        let bytes = try LentBytes.copy("gantry.settings configuration") { take, context in
            table.pointee.configuration.unsafelyUnwrapped(scope.call, take, context)
        }
        return try JSONDocument(bytes ?? Array("{}".utf8))
    }

    /// The configuration as a value of `type`.
    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try document().withRoot { try JSONCoding.decode(type, from: $0) }
    }
}

extension HostError {
    /// The same error with a sentence that tells what to do about it, where the status is one that the author can mend.
    func hinting(denied: String, invalid: String) -> HostError {
        switch status {
        case .denied: HostError(status, code: code, message: denied)
        case .invalid: HostError(status, code: code, message: invalid)
        default: self
        }
    }
}
