import GantryKit

/// What a station and its connectors delivered on one day, as it is sent.
struct StationEnergyView {
    /// The station.
    let stationId: String
    /// The day; nil when no energy register was ever read.
    var day: Int?
    /// The connectors in order of their identifiers.
    var connectors: [(id: String, energy: DayEnergy)] = []
    /// The detector's markers of the day, an array of objects with a `timestamp` each, in order of time.
    var markers: JSONDocument?
    private var station = DayEnergy()

    /// A station without energy.
    init(_ stationId: String) {
        self.stationId = stationId
    }

    /// Adds what a connector delivered, or, with an empty identifier, sessions that name none.
    mutating func add(_ energy: DayEnergy, of connectorId: String) {
        station.add(energy)
        guard let index = connectors.firstIndex(where: { $0.id == connectorId }) else { return }
        connectors[index].energy = energy
    }

    /// The answer.
    var response: Response {
        .json(capacity: 512 + (connectors.count + 1) * 1600) { writer in
            writer.beginObject()
            writer.key("chargingStationId")
            writer.string(stationId)
            writer.key("energyDelivered")
            writer.double(DayEnergy.kilowattHours(station.total(before: 24)))
            writer.key("energyConsumptionStation")
            timeline(station, to: &writer)
            writer.key("energyConsumptionConnectors")
            writer.beginArray()
            for connector in connectors {
                writer.beginObject()
                writer.key("connectorId")
                writer.string(connector.id)
                writer.key("energy")
                timeline(connector.energy, to: &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.key("anomalyOccurrences")
            writer.beginArray()
            markers?.withRoot { markers in
                for marker in markers.elements {
                    if let moment = marker["timestamp"]?.string { writer.string(moment) }
                }
            }
            writer.endArray()
            writer.endObject()
        }
    }

    private func timeline(_ energy: DayEnergy, to writer: inout JSONWriter) {
        writer.beginArray()
        if let day, let span = station.span {
            for hour in span {
                writer.beginObject()
                writer.key("timestamp")
                writer.timestamp(milliseconds: UTCDay.start(day) + Int64(hour) * SessionEnergy.hourMilliseconds)
                writer.key("energy")
                writer.double(DayEnergy.kilowattHours(energy.milliwattHours[hour]))
                writer.endObject()
            }
        }
        writer.endArray()
    }
}
