/// The rules about the registers of energy alone: `KWH_DECREASE`, `ENERGY_PIT`, `ENERGY_SPIKE`, `ENERGY_NEGATIVE` and
/// `ZERO_ENERGY`.
enum RegisterRules {
    static func judge(
        _ series: SessionSeries, _ register: RegisterTrack, _ facts: SessionFacts,
        _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        judgeFalls(register, configuration, &collector)
        judgeSpikes(register, configuration, &collector)
        judgeNegative(series.register, configuration, &collector)
        judgeNegative(series.exportRegister, configuration, &collector)
        if facts.isCompleted { judgeZero(series, register, configuration, &collector) }
    }

    /// A fall with a jump back is a pit, any other a decrease.
    private static func judgeFalls(
        _ register: RegisterTrack, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        for fall in register.falls {
            let last = fall.regained ?? (fall.index + 1)
            let bounds = [fall.index, fall.index + 1, last - 1, last]
            let reconstructed = bounds.count(where: { register.points[$0].isReconstructed })
            let amount = fall.amount - configuration.register.fall
            // A fall far beyond what any rounding or noise explains needs no further witness.
            let witnesses = fall.amount > 10 * configuration.register.roundingStep ? 2 : 0
            collector.found(
                Evidence(
                    category: fall.regained == nil ? .registerDecrease : .energyPit,
                    excess: amount / configuration.severity.fall, start: register.points[fall.index].time,
                    end: register.points[last].time, readings: min(last - fall.index + 1, bounds.count) + witnesses,
                    reconstructed: reconstructed))
        }
    }

    private static func judgeSpikes(
        _ register: RegisterTrack, _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        collector.came(near: register.nearnessToSpike)
        for spike in register.spikes {
            collector.found(
                Evidence(
                    category: .energySpike, excess: (spike.rise / spike.limit - 1) / configuration.severity.share,
                    start: spike.start, end: spike.end, readings: 2, reconstructed: spike.reconstructed))
        }
    }

    private static func judgeNegative(
        _ samples: [Sample], _ configuration: DetectionConfiguration, _ collector: inout FindingCollector
    ) {
        let bound = -configuration.register.negative - comparisonTolerance
        guard let first = samples.firstIndex(where: { $0.value < bound }) else { return }
        var evidence = Evidence(
            category: .energyNegative, excess: 0, start: samples[first].time, end: samples[first].time, readings: 0,
            reconstructed: 0)
        for sample in samples[first...] where sample.value < bound {
            evidence.excess = max(evidence.excess, (bound - sample.value) / configuration.severity.negative)
            evidence.end = sample.time
            evidence.readings += 1
            if sample.isReconstructed { evidence.reconstructed += 1 }
        }
        collector.found(evidence)
    }

    private static func judgeZero(
        _ series: SessionSeries, _ register: RegisterTrack, _ configuration: DetectionConfiguration,
        _ collector: inout FindingCollector
    ) {
        let thresholds = configuration.register
        guard let first = series.register.first, let last = series.register.last else { return }
        let span = last.time - first.time
        guard span >= thresholds.zeroEnergySpan else { return }
        let moved = max(register.delivered, exported(series))
        guard moved < thresholds.zeroEnergy - comparisonTolerance else { return }
        if series.highestPowerOffered == 0 || series.highestCurrentOffered == 0 { return }
        for sample in series.stateOfCharge where sample.value >= thresholds.zeroEnergyFull { return }
        var reconstructed = 0
        for sample in series.register where sample.isReconstructed { reconstructed += 1 }
        collector.found(
            Evidence(
                category: .zeroEnergy,
                excess: Double(span - thresholds.zeroEnergySpan) / Double(6 * thresholds.zeroEnergySpan),
                start: first.time, end: last.time, readings: series.register.count, reconstructed: reconstructed))
    }

    /// What was fed back, in kWh, by its register or else by its power.
    private static func exported(_ series: SessionSeries) -> Double {
        var exported = 0.0
        for index in 1..<max(1, series.exportRegister.count) {
            exported += max(0, series.exportRegister[index].value - series.exportRegister[index - 1].value)
        }
        if series.exportRegister.count < 2 {
            exported += given(series.exportPower, sign: 1) + given(series.power, sign: -1)
        }
        return exported
    }

    /// What the part of a power with the sign gives, in kWh.
    private static func given(_ power: [Sample], sign: Double) -> Double {
        var energy = 0.0
        for index in 1..<max(1, power.count) {
            let mean = (max(0, sign * power[index].value) + max(0, sign * power[index - 1].value)) / 2
            energy += mean * hours(power[index].time - power[index - 1].time)
        }
        return energy
    }
}
