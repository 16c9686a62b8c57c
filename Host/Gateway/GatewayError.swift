/// Why a gateway's routes cannot be built as declared.
public struct GatewayError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of fault.
    public enum Code: String, Sendable {
        /// Two modules of one tenant claim one method and path.
        case routeConflict = "route_conflict"
        /// A module's manifest and its contract do not fit.
        case contract
        /// The template of a module's error shape cannot be used.
        case errorShape = "error_shape"
        /// Two tenants claim one host name, or one id.
        case tenantConflict = "tenant_conflict"
        /// A tenant's own setting cannot be read.
        case setting
    }

    /// The kind of fault.
    public var code: Code
    /// One sentence for the operator, with all names that matter.
    public var message: String

    /// Creates the error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
