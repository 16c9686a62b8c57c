/// `PHASE_IMBALANCE`: the loaded phases carry widely different currents.
enum PhaseImbalanceRule {
    /// So many moments in a row at which a phase was not read are passed over.
    private static let toleratedIncompleteMoments = 2

    static func judge(
        _ series: SessionSeries, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        let thresholds = configuration.electrical
        let moments = series.currents
        var all: UInt8 = 0
        for moment in moments { all |= moment.phases }
        guard all & (all &- 1) != 0 else { return }
        var run: Evidence?
        var incomplete = 0
        for moment in moments {
            let share = imbalance(moment, carried: thresholds.carriedCurrent)
            collector.came(near: 0.5 * share / thresholds.imbalanceShare)
            guard share > thresholds.imbalanceShare + comparisonTolerance else {
                incomplete += 1
                let isPassedOver = moment.phases != all && incomplete <= toleratedIncompleteMoments
                if !isPassedOver { run = nil }
                continue
            }
            incomplete = 0
            let excess = (share / thresholds.imbalanceShare - 1) / (2 * configuration.severity.share)
            var found =
                run
                ?? Evidence(
                    category: .phaseImbalance, excess: excess, start: moment.time, end: moment.time, readings: 0,
                    reconstructed: 0)
            found.excess = max(found.excess, excess)
            found.end = moment.time
            found.readings += 1
            if moment.isReconstructed { found.reconstructed += 1 }
            run = found
            if found.readings >= thresholds.imbalanceMoments, found.end - found.start >= thresholds.imbalanceSpan {
                collector.found(found, extending: true)
            }
        }
    }

    /// By how much the currents of the phases that carry one differ, as a share of the largest.
    static func imbalance(_ moment: CurrentMoment, carried: Double) -> Double {
        var lowest = Double.infinity
        var highest = 0.0
        for conductor in 0..<3 where moment.phases & (1 << UInt8(conductor)) != 0 {
            let current = moment.currents[conductor]
            guard current >= carried - comparisonTolerance else { continue }
            lowest = min(lowest, current)
            highest = max(highest, current)
        }
        return highest > 0 ? (highest - lowest) / highest : 0
    }
}

/// `VOLTAGE_DEVIATION`: the voltage of a phase is far from nominal at two moments in a row.
enum VoltageRule {
    static func judge(
        _ series: SessionSeries, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        guard !series.voltages.isEmpty else { return }
        let thresholds = configuration.electrical
        var runs = [Evidence?](repeating: nil, count: Phase.allCases.count)
        for voltage in series.voltages {
            let sample = voltage.sample
            let phase = Int(voltage.phase.rawValue)
            guard sample.value >= thresholds.voltageLowest, sample.value <= thresholds.voltageHighest else { continue }
            let share = deviation(sample.value, voltage.phase, configuration.installation.nominalVoltage)
            collector.came(near: 0.8 * share / thresholds.voltageShare)
            guard share > thresholds.voltageShare + comparisonTolerance else {
                runs[phase] = nil
                continue
            }
            let excess = (share / thresholds.voltageShare - 1) / configuration.severity.share
            var found =
                runs[phase]
                ?? Evidence(
                    category: .voltageDeviation, excess: excess, start: sample.time, end: .min, readings: 0,
                    reconstructed: 0)
            found.excess = max(found.excess, excess)
            if found.end != sample.time { found.readings += 1 }
            found.end = sample.time
            if sample.isReconstructed { found.reconstructed += 1 }
            runs[phase] = found
            if found.readings >= thresholds.voltageMoments { collector.found(found, extending: true) }
        }
    }

    /// How far a voltage is from nominal, as a share of it. Between two phases the voltage of a three-phase or of a
    /// split-phase installation is nominal too.
    static func deviation(_ value: Double, _ phase: Phase, _ nominal: Double) -> Double {
        let share = abs(value - nominal) / nominal
        guard phase.isBetweenPhases else { return share }
        let threePhase = nominal * (3.0).squareRoot()
        let splitPhase = nominal * 2
        return min(share, abs(value - threePhase) / threePhase, abs(value - splitPhase) / splitPhase)
    }
}

/// `OVERHEATING`: a temperature reaches a dangerous level.
enum TemperatureRule {
    static func judge(
        _ series: SessionSeries, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        guard !series.temperatures.isEmpty else { return }
        let thresholds = configuration.electrical
        var found = [Evidence?](repeating: nil, count: Location.allCases.count)
        for temperature in series.temperatures {
            let sample = temperature.sample
            let location = Int(temperature.location.rawValue)
            let bound = temperature.location == .body ? thresholds.temperatureBody : thresholds.temperature
            collector.came(near: 0.9 * sample.value / bound)
            guard sample.value >= bound - comparisonTolerance else { continue }
            let excess = (sample.value - bound) / configuration.severity.temperature
            var evidence =
                found[location]
                ?? Evidence(
                    category: .overheating, excess: excess, start: sample.time, end: sample.time, readings: 0,
                    reconstructed: 0)
            evidence.excess = max(evidence.excess, excess)
            evidence.end = sample.time
            evidence.readings += 1
            if sample.isReconstructed { evidence.reconstructed += 1 }
            found[location] = evidence
        }
        for case let evidence? in found { collector.found(evidence) }
    }
}
