import CGantry

/// What an instance is made with: its tenant, its configuration and the host's services.
///
/// The services work while `init` runs; later use of them throws `HostError` with the status `.stale`.
public final class ModuleContext: BlockingServices {
    /// The instance's configuration: a JSON object, already checked against the manifest's schema.
    public let configuration: JSONDocument
    /// A copy, so that a context kept too long is stale rather than dangling.
    private let call: KeptCall

    init(_ call: KeptCall, configuration: gantry_str_v1) throws {
        let text = configuration.buffer
        self.configuration =
            text.isEmpty ? try JSONDocument("{}") : try JSONDocument(UnsafeRawBufferPointer(text))
        self.call = call
    }

    /// The call that the services work for.
    public var scope: CallScope { call.scope }

    /// The configuration as a value of `type`.
    public func configuration<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try configuration.withRoot { root in try JSONCoding.decode(type, from: root) }
    }
}
