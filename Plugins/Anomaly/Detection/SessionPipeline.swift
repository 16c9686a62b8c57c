/// The session pipeline `csar_2`: judges the readings of one session.
public enum SessionPipeline {
    /// Fewer readings than these are not judged.
    public static let leastReadings = 3

    /// Judges a session.
    ///
    /// Safe to call from any thread; nothing is kept. A session of fewer than `leastReadings` readings is the caller's
    /// to refuse; here it gets a verdict of whatever its readings show.
    /// - Parameters:
    ///   - readings: The session's readings, best in order of time; others are sorted first.
    ///   - facts: What is known of the session besides.
    ///   - configuration: The thresholds.
    public static func analyze(
        _ readings: [Reading], facts: SessionFacts, configuration: DetectionConfiguration = DetectionConfiguration()
    ) -> Verdict {
        readings.withUnsafeBufferPointer { analyze($0, facts: facts, configuration: configuration) }
    }

    /// Judges a session whose readings are borrowed for the call.
    /// - Parameters:
    ///   - readings: The session's readings, best in order of time; others are sorted first.
    ///   - facts: What is known of the session besides.
    ///   - configuration: The thresholds.
    public static func analyze(
        _ readings: UnsafeBufferPointer<Reading>, facts: SessionFacts,
        configuration: DetectionConfiguration = DetectionConfiguration()
    ) -> Verdict {
        guard !readings.isEmpty else {
            return Verdict(
                findings: [], score: 0, confidence: 0, isIncident: false, filledStateOfCharge: [],
                delivered: DeliveredEnergy(rises: []))
        }
        return withSorted(readings) { readings, survey in
            judge(readings, SessionSeries(readings, survey), facts, configuration)
        }
    }

    /// Calls the body with the readings in order of time; of equal times the order stays.
    static func withSorted<Result>(
        _ readings: UnsafeBufferPointer<Reading>, _ body: (UnsafeBufferPointer<Reading>, SeriesSurvey) -> Result
    ) -> Result {
        let survey = SeriesSurvey(readings)
        if survey.isSorted { return body(readings, survey) }
        let order = readings.indices.sorted { one, other in
            let first = readings[one].timestampMilliseconds
            let second = readings[other].timestampMilliseconds
            return first != second ? first < second : one < other
        }
        return order.map { readings[$0] }.withUnsafeBufferPointer { body($0, survey) }
    }

    private static func judge(
        _ readings: UnsafeBufferPointer<Reading>, _ series: SessionSeries, _ facts: SessionFacts,
        _ configuration: DetectionConfiguration
    ) -> Verdict {
        let register = RegisterTrack(series, facts, configuration)
        var collector = FindingCollector()
        RegisterRules.judge(series, register, facts, configuration, &collector)
        PowerSpikeRule.judgeLevel(series.power, facts, configuration, &collector)
        if series.power.count > 2, register.points.count > 1 {
            let power = PowerTrack(series.power, register, facts, configuration)
            PlateauRule.judge(power, configuration, &collector)
            PowerDropRule.judge(power, configuration, &collector)
            PowerSpikeRule.judgeSingle(power, register, configuration, &collector)
            MismatchRule.judge(power, configuration, &collector)
        }
        let stateOfCharge = StateOfChargeTrack(series, register, configuration)
        StateOfChargeRules.judge(stateOfCharge, series, configuration, &collector)
        PhaseImbalanceRule.judge(series, configuration, &collector)
        VoltageRule.judge(series, configuration, &collector)
        TemperatureRule.judge(series, configuration, &collector)
        GapRule.judge(readings, series, register, configuration, &collector)
        let findings = collector.findings(since: series.start, configuration.confidence)
        let score = findings.first?.score ?? 0.45 * collector.nearness
        let confidence = findings.first?.confidence ?? confidenceOfClean(series)
        let severity = configuration.severity
        return Verdict(
            findings: findings, score: score, confidence: confidence,
            isIncident: score >= severity.incidentScore && confidence >= severity.incidentConfidence,
            filledStateOfCharge: stateOfCharge.filled,
            delivered: DeliveredEnergy(rises: DeliveredEnergy.rises(register)))
    }

    /// A clean verdict is the surer the more was read, and the less of it was computed by the sender.
    private static func confidenceOfClean(_ series: SessionSeries) -> Double {
        let count = Double(series.readings)
        return count / (count + 3) * (1 - 0.5 * Double(series.reconstructed) / count)
    }
}
