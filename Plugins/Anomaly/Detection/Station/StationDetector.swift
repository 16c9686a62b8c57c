import Glibc

/// The station detector `shade`: holds a day's energy of a station against what its history leads one to expect.
///
/// Several parts look at the day, each in its own way, and each says how unlikely it finds it among the station's own
/// earlier days: the day's total against a robust seasonal forecast (`SeasonalForecast`), idle days (`SilenceRuns`),
/// the busiest hour, the energy for the hours of charging (`PowerTrace`), the last days against those before
/// (`RecentShift`), totals that repeat (`RepeatedTotals`), and the distribution over the hours by Sub-PCA
/// (`DayProfile`). `StationEvidence.combined` brings them together. Documentation/Detection.md has the sources and what
/// was measured.
public enum StationDetector {
    /// Judges one day.
    ///
    /// Safe to call from any thread; nothing is kept, and days after the judged one are not looked at.
    /// - Parameters:
    ///   - history: The station's energy; days outside it count as idle.
    ///   - day: The day to judge, in days since 1970-01-01 UTC.
    ///   - throughMinute: How many minutes of a running day have passed, up to 1440; nil for a day that is over. Only
    ///     that part of the day is judged, and held against the same part of earlier days. What can be said of whole
    ///     days alone is left to the day's end.
    ///   - configuration: Thresholds and weights.
    public static func judge(
        _ history: StationHistory, day: Int, throughMinute: Int? = nil,
        configuration: StationConfiguration = StationConfiguration()
    ) -> StationVerdict {
        let minutes = min(max(throughMinute ?? 1440, 0), 1440)
        let days = DailyEnergy(history, day: day, throughMinute: minutes, memoryDays: configuration.memoryDays)
        let count = Double(days.past.count)
        var verdict = StationVerdict(
            score: 0, kind: nil, expectedKilowattHours: nil, actualKilowattHours: days.today.total, markers: [],
            evidence: StationEvidence(), confidence: count / (count + 14))
        guard days.past.count >= configuration.leastDays,
            let forecast = SeasonalForecast(
                days, configuration.level, greatestSilenceDays: configuration.greatestSilenceDays)
        else { return verdict }
        verdict.expectedKilowattHours = forecast.expected
        var findings = DayFindings(days, forecast, configuration)
        if minutes == 1440 { findings.addWholeDay(days, forecast, history, day: day, configuration) }
        verdict.evidence = findings.evidence
        verdict.score = 1 - exp2(-findings.evidence.combined * configuration.sensitivity)
        guard verdict.isAnomalous else { return verdict }
        verdict.kind = findings.kind(days, expected: forecast.expected)
        verdict.markers = HourMarkers.mark(history, day: day, throughMinute: minutes, verdict)
        return verdict
    }
}
