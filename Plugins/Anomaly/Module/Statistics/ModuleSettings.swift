import GantryKit

/// What the operator configured for this instance.
struct ModuleSettings {
    /// Price of a kWh in the sessions whose metadata name none, in the currency of the tenant's billing account.
    let pricePerKilowattHour: Double

    /// Reads the configuration, which the host has checked against the manifest's schema.
    init(_ configuration: JSONDocument) {
        pricePerKilowattHour = configuration.withRoot { $0["pricePerKwh"]?.double } ?? 0
    }
}
