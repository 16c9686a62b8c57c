/// What of OCPP 1.6 messages matters here; identification tags are left alone.
enum OCPP {
    /// `StartTransaction.req`.
    struct StartTransaction: Decodable {
        var connectorId: Int
        /// Wh.
        var meterStart: Double
        var timestamp: String
    }

    /// `StartTransaction.conf`.
    struct Started: Decodable {
        var transactionId: Int
    }

    /// `MeterValues.req`.
    struct MeterValues: Decodable {
        var connectorId: Int
        var transactionId: Int?
        var meterValue: [MeterValue]
    }

    /// `StopTransaction.req`.
    struct StopTransaction: Decodable {
        var transactionId: Int
        /// Wh.
        var meterStop: Double
        var timestamp: String
        var transactionData: [MeterValue]?
    }

    /// Values sampled at one moment.
    struct MeterValue: Decodable {
        var timestamp: String
        var sampledValue: [SampledValue]
    }

    /// One sampled value; what is left out has the default of the specification.
    struct SampledValue: Decodable {
        var value: String
        var context: String?
        var format: String?
        var measurand: String?
        var phase: String?
        var location: String?
        var unit: String?
    }
}
