/// Changes to a session that leave it what it is: what networks, clocks and other meters do to the readings of ordinary
/// charging. A session that was clean stays clean under each of them.
public enum OrdinaryChange: Sendable, CaseIterable {
    /// One reading of ten was never sent.
    case lostReadings
    /// The readings come mixed up, some of them twice.
    case outOfOrder
    /// The station's clock wanders by up to two seconds.
    case wanderingClock
    /// The register shows tenths of a kWh.
    case coarseRegister
    /// Energies are sent in Wh, powers in W.
    case smallUnits
    /// The session is seen half-way, while it goes on.
    case halfway
    /// The whole session lies at another time.
    case otherTime

    /// The session after the change.
    /// - Parameters:
    ///   - session: A session of ordinary charging.
    ///   - random: Says what happens where.
    public func applied(to session: SampleSession, _ random: inout SeededRandom) -> SampleSession {
        var changed = session
        switch self {
        case .lostReadings:
            changed.readings.removeAll { _ in random.chance(0.1) }
            // Whether a session that was thinned out moved nothing is not asked.
            changed.facts.isCompleted = false
        case .outOfOrder:
            changed.readings += session.readings.filter { _ in random.chance(0.1) }
            changed.readings.shuffle(using: &random)
        case .wanderingClock:
            var moved: [Int64: Int64] = [:]
            for index in changed.readings.indices {
                let time = changed.readings[index].timestampMilliseconds
                let offset = moved[time] ?? Int64(random.whole(-2000...2000))
                moved[time] = offset
                changed.readings[index].timestampMilliseconds += offset
            }
            changed.readings = sorted(changed.readings)
        case .coarseRegister:
            for index in changed.readings.indices
            where changed.readings[index].measurand == .energyActiveImportRegister {
                let value = changed.readings[index].commonValue
                changed.set(index, to: (value / 0.1 + 1e-9).rounded(.down) * 0.1)
            }
        case .smallUnits: toSmallUnits(&changed)
        case .halfway:
            changed.readings = Array(session.readings.prefix(session.readings.count / 2))
            changed.facts.isCompleted = false
        case .otherTime:
            let offset = Int64(random.whole(-900...900)) * 3_600_000
            for index in changed.readings.indices { changed.readings[index].timestampMilliseconds += offset }
        }
        return changed
    }

    private func sorted(_ readings: [Reading]) -> [Reading] {
        let order = readings.indices.sorted { one, other in
            let (first, second) = (readings[one].timestampMilliseconds, readings[other].timestampMilliseconds)
            return first != second ? first < second : one < other
        }
        return order.map { readings[$0] }
    }

    private func toSmallUnits(_ session: inout SampleSession) {
        for index in session.readings.indices {
            let reading = session.readings[index]
            let small: Unit
            switch reading.unit ?? reading.measurand.defaultUnit {
            case .kilowattHour: small = .wattHour
            case .kilowatt: small = .watt
            default: continue
            }
            session.readings[index].value = small.inverse(reading.commonValue)
            session.readings[index].unit = small
        }
    }
}
