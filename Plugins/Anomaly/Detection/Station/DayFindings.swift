import Glibc

/// What the parts of the detector found on a day, and which of them found most.
struct DayFindings {
    private(set) var evidence = StationEvidence()
    private var strongest = 0.0
    private var strongestKind = StationAnomalyKind.irregularProfile

    /// Judges what can be judged of a part of a day, too.
    init(_ days: DailyEnergy, _ forecast: SeasonalForecast, _ configuration: StationConfiguration) {
        let threshold = configuration.threshold
        let silence = SilenceRuns(days)
        let isNews = silence.length <= configuration.greatestSilenceDays
        // Of a long history the first two weeks, in which the forecast learns, are no measure.
        let isLong = forecast.deviations.count > 6 * 7
        let past = Array(forecast.deviations.dropLast().dropFirst(isLong ? 14 : 0))
        let deviation = forecast.deviations[forecast.deviations.count - 1]
        let root = forecast.roots[forecast.roots.count - 1]
        let level = TailModel.surprises(of: deviation, among: past, floor: 0.1)
        // After a closure a usual day exceeds the forecast: a surge is also one among all days that were.
        let among = TailModel(Array(forecast.roots.dropLast()), floor: 0.1).surprise(root)
        let surge = min(level.high, among + 1) / threshold.surge
        let drop = isNews ? level.low / threshold.drop : 0
        evidence.level = max(surge, drop)
        note(surge, .energySurge)
        note(drop, .energyDrop)
        evidence.silence = isNews ? silence.surprise / threshold.silence : 0
        note(evidence.silence, .zeroEnergy)
        guard days.today.total > 0 else { return }
        let peaks = days.past.compactMap { $0.peak > 0 ? log($0.peak) : nil }
        evidence.peak = TailModel(peaks, floor: 0.1).surprise(log(days.today.peak)) / threshold.peak
        note(evidence.peak, .energySurge)
    }

    /// Judges what can be said of whole days alone.
    mutating func addWholeDay(
        _ days: DailyEnergy, _ forecast: SeasonalForecast, _ history: StationHistory, day: Int,
        _ configuration: StationConfiguration
    ) {
        let threshold = configuration.threshold
        let power = PowerTrace(days)
        if days.today.total > 0 {
            let surprises = power.surprises
            evidence.power = max(surprises.high / threshold.powerHigh, surprises.low / threshold.powerLow)
            note(surprises.high / threshold.powerHigh, .energySurge)
            note(surprises.low / threshold.powerLow, .energyDrop)
            evidence.repetition =
                max(RepeatedTotals.surprise(days, length: 2), RepeatedTotals.surprise(days, length: 3))
                / threshold.repetition
            note(evidence.repetition, .irregularProfile)
            evidence.profile =
                DayProfile(history, day: day, memoryDays: configuration.memoryDays).surprise / threshold.profile
            note(evidence.profile, .irregularProfile)
        }
        var squares = 0.0
        func drift(_ series: [Double], _ length: Int, _ memory: Int, _ floor: Double, _ threshold: Double) -> (
            high: Double, low: Double
        ) {
            let found = RecentShift.surprises(series, length: length, memory: memory, floor: floor)
            return (found.high / threshold, found.low / threshold)
        }
        let shifts = [
            drift(power.bounded, 5, 365, 0.1, threshold.powerDrift),
            drift(power.bounded, 10, 365, 0.1, threshold.powerDrift),
            drift(forecast.roots, 10, 90, 0.05, threshold.energyDrift),
        ]
        for shift in shifts {
            squares += shift.high * shift.high + shift.low * shift.low
            note(shift.high, .energySurge)
            note(shift.low, .energyDrop)
        }
        if SilenceRuns(days).length <= configuration.greatestSilenceDays { evidence.drift = squares.squareRoot() }
    }

    /// What is unusual about the day, in agreement with what was expected of it.
    func kind(_ days: DailyEnergy, expected: Double) -> StationAnomalyKind {
        let total = days.today.total
        switch strongestKind {
        case .energyDrop, .zeroEnergy:
            if total <= 0 { return .zeroEnergy }
            return total < expected ? .energyDrop : .irregularProfile
        case .energySurge: return total > expected ? .energySurge : .irregularProfile
        case .irregularProfile: return .irregularProfile
        }
    }

    private mutating func note(_ amount: Double, _ kind: StationAnomalyKind) {
        guard amount > strongest else { return }
        strongest = amount
        strongestKind = kind
    }
}
