import CGantry

/// What an instance is made with: its tenant, its configuration and the host's services.
///
/// The services work while `init` runs; later use of them throws `HostError` with the status `.stale`.
public final class ModuleContext: HostServices {
    /// The call that the services work for.
    public let scope: CallScope
    /// The instance's configuration: a JSON object, already checked against the manifest's schema.
    public let configuration: JSONDocument
    private let tables: HostTablesBox
    private let call: UnsafeMutablePointer<gantry_call_v1>
    private let tenantBytes: UnsafeMutableBufferPointer<UInt8>

    /// Copies the call, so that a context kept too long is stale rather than dangling.
    init(_ call: UnsafePointer<gantry_call_v1>, _ tables: HostTablesBox, configuration: gantry_str_v1) throws {
        let text = configuration.buffer
        self.configuration =
            text.isEmpty ? try JSONDocument("{}") : try JSONDocument(UnsafeRawBufferPointer(text))
        self.tables = tables
        tenantBytes = .allocate(capacity: Int(call.pointee.tenant.size))
        _ = tenantBytes.initialize(from: call.pointee.tenant.buffer)
        self.call = .allocate(capacity: 1)
        self.call.initialize(to: call.pointee)
        self.call.pointee.tenant = gantry_str_v1(borrowing: UnsafeBufferPointer(tenantBytes))
        scope = CallScope(call: UnsafePointer(self.call), tables: UnsafePointer(tables.pointer))
    }

    deinit {
        call.deallocate()
        tenantBytes.deallocate()
    }

    /// The configuration as a value of `type`.
    public func configuration<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try configuration.withRoot { root in try JSONCoding.decode(type, from: root) }
    }
}
