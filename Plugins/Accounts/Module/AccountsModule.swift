public import GantryKit

/// The accounts module: profiles, administration of people, impersonation, the audit trail, background jobs, and
/// deliveries of identity providers.
public struct AccountsModule: Module {
    /// Id and version, equal to those in `module.yaml`.
    public static let manifest = Identity("accounts", version: "1.0.0")

    /// All operations, subscriptions and services.
    public static let handlers: [Handler<Self>] =
        profileHandlers + administrationHandlers + dashboardHandlers
        + impersonationHandlers + deliveryHandlers + jobHandlers + eventHandlers + serviceHandlers

    /// Makes the instance for one tenant; everything is kept in the database.
    public init(_ context: ModuleContext) throws {}
}
