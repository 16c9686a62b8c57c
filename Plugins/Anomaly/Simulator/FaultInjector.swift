import AnomalyDetection

/// Puts one fault into what a station saw of a session, so that it is visible in the readings.
struct FaultInjector {
    var random: RandomSource
    /// Rated power in kW that the session names, if any.
    var rating: Double?

    /// Changes the track and tells where; nil when the track has no place for the fault.
    mutating func inject(_ category: AnomalyCategory, into track: inout MeterTrack) -> LabelledFault? {
        let stretch: ClosedRange<Int>?
        switch category {
        case .registerDecrease: stretch = decreaseRegister(&track)
        case .energyPit: stretch = digPit(&track)
        case .energyPlateau: stretch = freezeRegister(&track)
        case .energySpike: stretch = raiseRegister(&track)
        case .energyNegative: stretch = lowerBelowZero(&track)
        case .zeroEnergy: stretch = 0...(track.times.count - 1)
        case .powerDrop: stretch = losePower(&track)
        case .powerSpike: stretch = raisePower(&track)
        case .powerEnergyMismatch: stretch = scaleEnergy(&track)
        case .stateOfChargeDecrease: stretch = lowerStateOfCharge(&track)
        case .stateOfChargeJump: stretch = raiseStateOfCharge(&track)
        case .stateOfChargeOutOfRange: stretch = misreadStateOfCharge(&track)
        case .phaseImbalance: stretch = unbalance(&track)
        case .voltageDeviation: stretch = deviate(&track)
        case .overheating: stretch = overheat(&track)
        case .meterValueGap: stretch = silence(&track)
        }
        guard let stretch else { return nil }
        return LabelledFault(
            category: category, startMilliseconds: track.times[stretch.lowerBound],
            endMilliseconds: track.times[stretch.upperBound])
    }

    /// A random moment from the first to the last quarter at which the power is at least so high, and stays so for a
    /// number of moments.
    mutating func place(_ track: MeterTrack, power: Double, moments: Int) -> Int? {
        var places: [Int] = []
        for index in 2..<max(2, track.times.count - moments - 2) {
            let stretch = (index - 1)...(index + moments)
            if stretch.allSatisfy({ track.power[$0] >= power }) { places.append(index) }
        }
        return places.isEmpty ? nil : random.pick(places)
    }

    /// How many moments of the track's interval span a time.
    func moments(_ track: MeterTrack, minutes: Int64, least: Int) -> Int {
        max(least, Int((minutes * 60_000 + track.profile.interval - 1) / track.profile.interval) + 1)
    }

    /// The most energy between neighbouring readings, in kWh.
    func greatestRise(_ track: MeterTrack) -> Double {
        var greatest = 0.0
        for index in 1..<track.register.count {
            greatest = max(greatest, track.register[index] - track.register[index - 1])
        }
        return greatest
    }
}
