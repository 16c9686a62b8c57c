/// A session to be stored.
public struct NewSession: Encodable, Sendable, Equatable {
    /// One reading to be stored with its session.
    public struct MeterValue: Encodable, Sendable, Equatable {
        /// RFC 3339 with an explicit offset.
        public var timestamp: String
        /// The value in `unit`.
        public var value: Double
        /// What was measured, in the words of OCPP.
        public var measurand: String
        /// Unit of the value.
        public var unit: String?
        /// Phase, in the words of OCPP; nil for the total.
        public var phase: String?
        /// Where it was measured; nil for the outlet.
        public var location: String?
        /// True when the sender computed the value or its time; nil stands for false.
        public var reconstructed: Bool?

        /// Creates a reading, by default one of the energy register in kWh.
        public init(
            timestamp: String, value: Double, measurand: String = "Energy.Active.Import.Register",
            unit: String? = "kWh", phase: String? = nil, location: String? = nil,
            reconstructed: Bool? = nil
        ) {
            self.timestamp = timestamp
            self.value = value
            self.measurand = measurand
            self.unit = unit
            self.phase = phase
            self.location = location
            self.reconstructed = reconstructed
        }
    }

    /// What is known of a session and its station besides.
    public struct Metadata: Encodable, Sendable, Equatable {
        /// Price in the tenant's currency.
        public var pricePerKwh: Double?
        /// Rated power of the connector in kW.
        public var maxPowerKw: Double?
        /// Facts about the station.
        public var station: [String: String]?

        /// Creates metadata.
        public init(
            pricePerKwh: Double? = nil, maxPowerKw: Double? = nil, station: [String: String]? = nil
        ) {
            self.pricePerKwh = pricePerKwh
            self.maxPowerKw = maxPowerKw
            self.station = station
        }
    }

    /// The client's own identifier, unique in the tenant.
    public var sessionId: String
    /// The client's own identifier of the station.
    public var chargingStationId: String
    /// Connector within its station.
    public var connectorId: String?
    /// EVSE identifier.
    public var evseId: String?
    /// Where the session stands; nil for `active` with readings and `pending` without.
    public var status: SessionStatus?
    /// Further facts.
    public var metadata: Metadata?
    /// Readings in any order.
    public var meterValues: [MeterValue]

    /// Creates a session.
    public init(
        sessionId: String, chargingStationId: String, connectorId: String? = nil, evseId: String? = nil,
        status: SessionStatus? = nil, metadata: Metadata? = nil, meterValues: [MeterValue] = []
    ) {
        self.sessionId = sessionId
        self.chargingStationId = chargingStationId
        self.connectorId = connectorId
        self.evseId = evseId
        self.status = status
        self.metadata = metadata
        self.meterValues = meterValues
    }
}
