import Glibc

/// The station detector `shade`: holds a day's energy of a station against what its history leads one to expect.
public enum StationDetector {
    /// Judges one day.
    ///
    /// Safe to call from any thread; nothing is kept, and days after the judged one are not looked at.
    /// - Parameters:
    ///   - history: The station's energy; days outside it count as idle.
    ///   - day: The day to judge, in days since 1970-01-01 UTC.
    ///   - throughMinute: How many minutes of a running day have passed, up to 1440; nil for a day that is over. Only
    ///     that part of the day is judged, and held against the same part of earlier days.
    ///   - configuration: Thresholds and weights.
    public static func judge(
        _ history: StationHistory, day: Int, throughMinute: Int? = nil,
        configuration: StationConfiguration = StationConfiguration()
    ) -> StationVerdict {
        let days = DailyEnergy(
            history, day: day, throughMinute: throughMinute ?? 1440, memoryDays: configuration.memoryDays)
        var verdict = StationVerdict(
            score: 0, kind: nil, expectedKilowattHours: nil, actualKilowattHours: days.today, markers: [],
            evidence: StationEvidence(), confidence: 0)
        guard days.past.count >= configuration.leastDays, let forecast = SeasonalForecast(days, configuration.level)
        else { return verdict }
        verdict.expectedKilowattHours = forecast.expected
        let count = Double(days.past.count)
        verdict.confidence = count / (count + 14)
        let deviation = forecast.deviation * verdict.confidence
        let threshold = configuration.threshold
        verdict.evidence.level = deviation >= 0 ? deviation / threshold.surge : -deviation / threshold.drop
        verdict.evidence.silence = SilenceRuns.surprise(days) / threshold.silence
        let strongest = max(verdict.evidence.level, verdict.evidence.silence) * configuration.sensitivity
        verdict.score = 1 - exp2(-strongest)
        guard verdict.isAnomalous else { return verdict }
        verdict.kind = days.today <= 0 ? .zeroEnergy : deviation > 0 ? .energySurge : .energyDrop
        return verdict
    }
}
