import AnomalyDetection
import GantryKit

/// What the operator configured for this instance.
struct ModuleSettings {
    /// Price of a kWh in the sessions whose metadata name none, in the currency of the tenant's billing account.
    let pricePerKilowattHour: Double
    /// After how long something is deleted.
    let retention: RetentionPolicy

    /// What is known of the tenant's installations: nominal voltage, and the greatest power where none is rated.
    let installation: DetectionConfiguration.Installation

    /// Reads the configuration, which the host has checked against the manifest's schema.
    init(_ configuration: JSONDocument) {
        var installation = DetectionConfiguration.Installation()
        configuration.withRoot { root in
            if let voltage = root["nominalVoltage"]?.double { installation.nominalVoltage = voltage }
            if let power = root["greatestPowerKw"]?.double { installation.greatestPowerUnrated = power }
        }
        self.installation = installation
        pricePerKilowattHour = configuration.withRoot { $0["pricePerKwh"]?.double } ?? 0
        retention = RetentionPolicy(configuration)
    }
}
