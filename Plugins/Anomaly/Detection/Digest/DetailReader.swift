/// Reads the numbers of a finding out of the stretch in which it lies.
struct DetailReader {
    let series: SessionSeries
    let track: RegisterTrack
    let facts: SessionFacts
    let configuration: DetectionConfiguration

    /// The numbers of a finding; `.unknown` where the readings do not show them.
    func detail(_ finding: Finding) -> FindingDetail {
        let stretch = finding.startMilliseconds...max(finding.startMilliseconds, finding.endMilliseconds)
        return detail(finding.category, stretch) ?? .unknown
    }

    private func detail(_ category: AnomalyCategory, _ stretch: ClosedRange<Int64>) -> FindingDetail? {
        switch category {
        case .registerDecrease: fall(stretch)
        case .energyPit: pit(stretch)
        case .energyPlateau: plateau(stretch)
        case .energySpike: spike(stretch)
        case .energyNegative: negative(stretch)
        case .zeroEnergy: .nothingMoved(energy: track.delivered)
        case .powerDrop: powerLost(stretch)
        case .powerSpike: powerSpike(stretch)
        case .powerEnergyMismatch: mismatch(stretch)
        case .stateOfChargeDecrease: charge(stretch, isFall: true)
        case .stateOfChargeJump: charge(stretch, isFall: false)
        case .stateOfChargeOutOfRange: outside(stretch)
        case .phaseImbalance: imbalance(stretch)
        case .voltageDeviation: voltage(stretch)
        case .overheating: temperature(stretch)
        case .meterValueGap: gap(stretch)
        }
    }

    // MARK: The register

    private func fall(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        var deepest: (before: RegisterPoint, after: RegisterPoint)?
        let points = track.points.filter { stretch.contains($0.time) }
        for (before, after) in zip(points, points.dropFirst()) where before.value > after.value {
            let known = deepest.map { $0.before.value - $0.after.value } ?? 0
            if before.value - after.value > known { deepest = (before, after) }
        }
        return deepest.map { .registerFall(before: point($0.before), after: point($0.after)) }
    }

    private func pit(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        let points = track.points.filter { stretch.contains($0.time) }
        guard let before = points.first, let last = points.last, points.count > 2,
            let lowest = points.min(by: { $0.value < $1.value })
        else { return nil }
        return .registerPit(before: point(before), lowest: point(lowest), regained: point(last))
    }

    private func spike(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        guard let spike = track.spikes.first(where: { $0.start == stretch.lowerBound && $0.end == stretch.upperBound }),
            let before = series.register.last(where: { $0.time <= stretch.lowerBound }),
            let after = series.register.first(where: { $0.time >= stretch.upperBound })
        else { return nil }
        return .registerSpike(
            before: DigestPoint(before), after: DigestPoint(after), rise: spike.rise, limit: spike.limit)
    }

    private func negative(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        for (samples, isExport) in [(series.register, false), (series.exportRegister, true)] {
            let negative = samples.filter {
                stretch.contains($0.time) && $0.value < -configuration.register.negative
            }
            guard let lowest = negative.min(by: { $0.value < $1.value }) else { continue }
            return .negative(lowest: DigestPoint(lowest), count: negative.count, isExport: isExport)
        }
        return nil
    }

    private func gap(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        .gap(milliseconds: stretch.upperBound - stretch.lowerBound, energy: delivered(stretch))
    }

    // MARK: The power against the energy

    private func plateau(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        guard let lowest = power(stretch).min(by: { $0.value < $1.value }), let start = nearest(stretch.lowerBound),
            let end = nearest(stretch.upperBound)
        else { return nil }
        let expected = lowest.value * hours(stretch.upperBound - stretch.lowerBound)
        return .plateau(lowestPower: lowest.value, expected: expected, moved: abs(end.movement - start.movement))
    }

    private func powerLost(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        // The power before is the highest one from which the fall to the lost readings leads.
        guard let highest = power(stretch).max(by: { $0.value < $1.value }),
            let before = series.power.last(where: {
                $0.time < stretch.lowerBound && $0.value >= configuration.power.charging
            }), let energy = delivered(stretch)
        else { return nil }
        return .powerLost(before: DigestPoint(before), highest: highest.value, energy: energy)
    }

    private func powerSpike(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        guard let peak = power(stretch).max(by: { $0.value < $1.value }) else { return nil }
        let greatest = configuration.greatestPower(facts)
        if peak.value > greatest {
            return .powerAboveGreatest(
                peak: DigestPoint(peak), greatest: greatest, isRated: facts.maximumPowerKilowatts != nil)
        }
        guard let next = series.power.lazy.filter({ $0.time != peak.time }).map(\.value).max() else { return nil }
        return .powerAlone(peak: DigestPoint(peak), next: next)
    }

    private func mismatch(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        let power = power(stretch)
        guard power.count > 1, let energy = delivered(stretch) else { return nil }
        var upper = 0.0
        var lower = 0.0
        for (one, other) in zip(power, power.dropFirst()) {
            upper += max(0, max(one.value, other.value)) * hours(other.time - one.time)
            lower += max(0, min(one.value, other.value)) * hours(other.time - one.time)
        }
        if energy > upper { return .energyAbovePower(energy: energy, given: upper) }
        return energy < lower ? .energyBelowPower(energy: energy, given: lower) : nil
    }

    // MARK: The state of charge

    private func charge(_ stretch: ClosedRange<Int64>, isFall: Bool) -> FindingDetail? {
        guard let before = series.stateOfCharge.first(where: { $0.time == stretch.lowerBound }),
            let after = series.stateOfCharge.first(where: { $0.time == stretch.upperBound }),
            let energy = delivered(stretch)
        else { return nil }
        let (one, other) = (DigestPoint(before), DigestPoint(after))
        return isFall
            ? .chargeFell(before: one, after: other, energy: energy)
            : .chargeJumped(before: one, after: other, energy: energy)
    }

    private func outside(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        let outside = series.stateOfCharge.filter {
            stretch.contains($0.time) && ($0.value < 0 || $0.value > 100)
        }
        guard let worst = outside.max(by: { abs($0.value - 50) < abs($1.value - 50) }) else { return nil }
        return .chargeOutside(worst: DigestPoint(worst), count: outside.count)
    }

    // MARK: Currents, voltages and temperatures

    private func imbalance(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        var widest: (share: Double, detail: FindingDetail)?
        for moment in series.currents where stretch.contains(moment.time) {
            let carried = (0..<3).filter {
                moment.phases & (1 << UInt8($0)) != 0
                    && moment.currents[$0] >= configuration.electrical.carriedCurrent - comparisonTolerance
            }
            guard let low = carried.min(by: { moment.currents[$0] < moment.currents[$1] }),
                let high = carried.max(by: { moment.currents[$0] < moment.currents[$1] }), low != high
            else { continue }
            let share = (moment.currents[high] - moment.currents[low]) / moment.currents[high]
            guard share > widest?.share ?? 0 else { continue }
            widest = (
                share,
                .imbalance(
                    at: moment.time, lowest: moment.currents[low], lowestPhase: low + 1,
                    highest: moment.currents[high], highestPhase: high + 1)
            )
        }
        return widest?.detail
    }

    private func voltage(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        let thresholds = configuration.electrical
        let connected = thresholds.voltageLowest...thresholds.voltageHighest
        let nominal = configuration.installation.nominalVoltage
        let candidates = series.voltages.filter {
            stretch.contains($0.sample.time) && connected.contains($0.sample.value) && !$0.phase.isBetweenPhases
        }
        guard
            let worst = candidates.max(by: { abs($0.sample.value - nominal) < abs($1.sample.value - nominal) })
        else { return nil }
        return .voltage(worst: DigestPoint(worst.sample), phase: worst.phase, nominal: nominal)
    }

    private func temperature(_ stretch: ClosedRange<Int64>) -> FindingDetail? {
        let thresholds = configuration.electrical
        func bound(_ location: Location) -> Double {
            location == .body ? thresholds.temperatureBody : thresholds.temperature
        }
        let candidates = series.temperatures.filter {
            stretch.contains($0.sample.time) && $0.sample.value >= bound($0.location) - comparisonTolerance
        }
        guard
            let worst = candidates.max(by: {
                $0.sample.value - bound($0.location) < $1.sample.value - bound($1.location)
            })
        else { return nil }
        return .temperature(
            peak: DigestPoint(worst.sample), location: worst.location, bound: bound(worst.location))
    }

    // MARK: Helpers

    private func point(_ point: RegisterPoint) -> DigestPoint {
        DigestPoint(timeMilliseconds: point.time, value: point.value)
    }

    private func power(_ stretch: ClosedRange<Int64>) -> [Sample] {
        series.power.filter { stretch.contains($0.time) }
    }

    /// The register's reading of a moment, within a minute.
    private func nearest(_ time: Int64) -> RegisterPoint? {
        let nearest = track.points.min { abs($0.time - time) < abs($1.time - time) }
        guard let nearest, abs(nearest.time - time) <= configuration.power.sameMoment else { return nil }
        return nearest
    }

    /// What was delivered over a stretch, in kWh, where the register was read at both ends.
    private func delivered(_ stretch: ClosedRange<Int64>) -> Double? {
        guard let start = nearest(stretch.lowerBound), let end = nearest(stretch.upperBound) else { return nil }
        return max(0, end.delivered - start.delivered)
    }
}
