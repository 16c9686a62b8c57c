import ChargingClient

/// Gathers the transactions of OCPP 1.6 messages into sessions.
struct OCPPSessions {
    /// A transaction that is being gathered.
    private struct Transaction {
        var station: String
        var connector: Int?
        var isStopped = false
        var readings: [NewSession.MeterValue] = []
    }

    /// Station of messages that name none.
    let station: String?
    /// Rated power of the connectors in kW, if known.
    let ratedPower: Double?
    private(set) var notes = FileNotes()
    private var order: [String] = []
    private var transactions: [String: Transaction] = [:]
    /// Starts whose result has not come yet, by station and number of the call.
    private var starts: [String: OCPP.StartTransaction] = [:]

    init(station: String?, ratedPower: Double?) {
        self.station = station
        self.ratedPower = ratedPower
    }

    /// Takes the messages of a log in their order.
    mutating func add(_ frame: OCPPFrame) throws(ChargingFileError) {
        switch frame {
        case .call(let station, let id, .start(let start)):
            starts["\(try name(station)) \(id)"] = start
        case .result(let station, let id, let transactionId):
            guard let transactionId, let start = starts.removeValue(forKey: "\(try name(station)) \(id)") else {
                return
            }
            let key = try open(station, transactionId, connector: start.connectorId)
            append(register(start.meterStart, start.timestamp), to: key)
        case .call(let station, _, .values(let values)): try add(values, station: station)
        case .call(let station, _, .stop(let stop)):
            let key = try open(station, stop.transactionId, connector: nil)
            for value in stop.transactionData ?? [] { add(value, to: key) }
            append(register(stop.meterStop, stop.timestamp), to: key)
            transactions[key]?.isStopped = true
        case .other: break
        }
    }

    /// Takes one `MeterValues.req`.
    mutating func add(_ values: OCPP.MeterValues, station: String?) throws(ChargingFileError) {
        guard let transactionId = values.transactionId else {
            notes.count("values outside of a transaction", values.meterValue.reduce(0) { $0 + $1.sampledValue.count })
            return
        }
        let key = try open(station, transactionId, connector: values.connectorId)
        for value in values.meterValue { add(value, to: key) }
    }

    /// The sessions, in the order in which their transactions appeared.
    func sessions() -> [NewSession] {
        order.compactMap { key in
            guard let transaction = transactions[key] else { return nil }
            return NewSession(
                sessionId: key, chargingStationId: transaction.station,
                connectorId: transaction.connector.map { "\($0)" },
                status: transaction.isStopped ? .completed : .active,
                metadata: ratedPower.map { NewSession.Metadata(maxPowerKw: $0) }, meterValues: transaction.readings)
        }
    }

    private func name(_ station: String?) throws(ChargingFileError) -> String {
        guard let name = station ?? self.station else {
            throw ChargingFileError("The messages do not name their station; tell it with --station.")
        }
        return Identifier.sanitized(name)
    }

    private mutating func open(
        _ station: String?, _ transactionId: Int, connector: Int?
    ) throws(ChargingFileError) -> String {
        let name = try name(station)
        let key = Identifier.sanitized("\(name)-\(transactionId)", limit: 128)
        if transactions[key] == nil {
            transactions[key] = Transaction(station: name)
            order.append(key)
        }
        if let connector, connector > 0 { transactions[key]?.connector = connector }
        return key
    }

    private mutating func add(_ value: OCPP.MeterValue, to key: String) {
        for sample in value.sampledValue {
            guard sample.format ?? "Raw" == "Raw" else {
                notes.count("signed values", 1)
                continue
            }
            guard let number = Double(sample.value), number.isFinite else {
                notes.count("values that are no numbers", 1)
                continue
            }
            let measurand = sample.measurand ?? "Energy.Active.Import.Register"
            // The specification itself misspells the unit, and so do stations.
            let unit = sample.unit == "Celcius" ? "Celsius" : sample.unit
            append(
                NewSession.MeterValue(
                    timestamp: value.timestamp, value: number, measurand: measurand, unit: unit, phase: sample.phase,
                    location: sample.location), to: key)
        }
    }

    private func register(_ energy: Double, _ timestamp: String) -> NewSession.MeterValue {
        NewSession.MeterValue(timestamp: timestamp, value: energy, unit: "Wh")
    }

    /// Adds a reading; one that says the same in other words, as at the end of a transaction, is no second one.
    private mutating func append(_ reading: NewSession.MeterValue, to key: String) {
        let isKnown = transactions[key]?.readings.contains {
            $0.timestamp == reading.timestamp && $0.measurand == reading.measurand && $0.phase == reading.phase
                && ($0.location ?? "Outlet") == (reading.location ?? "Outlet")
        }
        if isKnown == false { transactions[key]?.readings.append(reading) }
    }
}
