import ChargingClient

/// What of a charge detail record of OCPI 2.2.1 matters here; tokens of drivers are left alone.
struct OCPIRecord: Decodable {
    /// Where charging took place.
    struct Location: Decodable {
        var id: String
        var name: String?
        var city: String?
        var evseId: String?
        var connectorId: String?
    }

    /// A stretch in which nothing relevant changed.
    struct Period: Decodable {
        var startDateTime: String
        var dimensions: [Dimension]
    }

    /// A volume of a period.
    struct Dimension: Decodable {
        var type: String
        var volume: Double
    }

    /// A price.
    struct Price: Decodable {
        var exclVat: Double
    }

    var countryCode: String
    var partyId: String
    var id: String
    var startDateTime: String
    var endDateTime: String
    var cdrLocation: Location
    var chargingPeriods: [Period]
    var totalEnergy: Double
    var totalCost: Price?

    /// The session of the record.
    ///
    /// A record has no readings: the register is what the periods add up to since the start, power and state of charge
    /// are those of a period at its start. All are marked as reconstructed, which the verdict takes into account.
    /// - Parameter notes: Takes what could not be used.
    func session(ratedPower: Double?, notes: inout FileNotes) -> NewSession {
        let price = totalCost.flatMap { totalEnergy > 0 ? $0.exclVat / totalEnergy : nil }
        let facts = [("name", cdrLocation.name), ("city", cdrLocation.city)].compactMap { key, value in
            value.map { (key, $0) }
        }
        return NewSession(
            sessionId: Identifier.sanitized("\(countryCode)-\(partyId)-\(id)", limit: 128),
            chargingStationId: Identifier.sanitized(cdrLocation.id),
            connectorId: cdrLocation.connectorId.map { Identifier.sanitized($0, limit: 36, allowed: "._:-") },
            evseId: cdrLocation.evseId.map { Identifier.sanitized($0, limit: 48, allowed: "*._:+-") },
            status: .completed,
            metadata: NewSession.Metadata(
                pricePerKwh: price.flatMap { (0...100_000).contains($0) ? $0 : nil }, maxPowerKw: ratedPower,
                station: facts.isEmpty ? nil : Dictionary(uniqueKeysWithValues: facts)),
            meterValues: readings(&notes))
    }

    private func readings(_ notes: inout FileNotes) -> [NewSession.MeterValue] {
        var readings = [reading(startDateTime, 0)]
        var energy = 0.0
        var hasEnergy = false
        for (index, period) in chargingPeriods.enumerated() {
            let end = index + 1 < chargingPeriods.count ? chargingPeriods[index + 1].startDateTime : endDateTime
            for dimension in period.dimensions {
                switch dimension.type {
                case "ENERGY", "ENERGY_IMPORT":
                    energy += dimension.volume
                    hasEnergy = true
                    readings.append(reading(end, rounded(energy)))
                case "POWER":
                    readings.append(reading(period.startDateTime, dimension.volume, "Power.Active.Import", "kW"))
                case "STATE_OF_CHARGE":
                    readings.append(reading(period.startDateTime, dimension.volume, "SoC", "Percent"))
                // Prices depend on these, verdicts do not.
                case "TIME", "PARKING_TIME", "RESERVATION_TIME": break
                default: notes.count("volumes of \(dimension.type)", 1)
                }
            }
        }
        if !hasEnergy {
            readings.append(reading(endDateTime, totalEnergy))
        } else if abs(energy - totalEnergy) > 0.01 {
            notes.count("records whose periods do not add up to their total", 1)
        }
        return readings
    }

    private func reading(
        _ timestamp: String, _ value: Double, _ measurand: String = "Energy.Active.Import.Register",
        _ unit: String = "kWh"
    ) -> NewSession.MeterValue {
        // OCPI knows times without an offset, which are UTC.
        let isZoned = timestamp.hasSuffix("Z") || timestamp.dropFirst(19).contains { "+-".contains($0) }
        return NewSession.MeterValue(
            timestamp: isZoned ? timestamp : timestamp + "Z", value: value, measurand: measurand, unit: unit,
            location: measurand == "SoC" ? "EV" : nil, reconstructed: true)
    }

    private func rounded(_ energy: Double) -> Double { (energy * 1_000_000).rounded() / 1_000_000 }
}
