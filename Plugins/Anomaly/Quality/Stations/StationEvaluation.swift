public import AnomalyDetection

/// Measures the station detector on histories with faults put in.
public struct StationEvaluation: Sendable {
    /// A score and a label for each judged day.
    public struct Days: Sendable {
        /// Scores of the detector.
        public var scores: [Double] = []
        /// Scores of the simple method.
        public var baseline: [Double] = []
        /// What was put in.
        public var labels: [InjectedFaults.Kind?] = []

        /// The days of several stations together.
        public init(_ parts: some Sequence<Days> = []) {
            for part in parts {
                scores += part.scores
                baseline += part.baseline
                labels += part.labels
            }
        }

        /// How well the detector's scores fit the labels.
        public var quality: PrecisionRecall { PrecisionRecall(scores: scores, labels: labels.map { $0 != nil }) }
        /// How well the simple method's scores fit them.
        public var baselineQuality: PrecisionRecall {
            PrecisionRecall(scores: baseline, labels: labels.map { $0 != nil })
        }

        /// Share of the labelled days of one kind that reach the threshold; not a number when there are none.
        public func recall(_ kind: InjectedFaults.Kind) -> Double {
            let days = labels.indices.filter { labels[$0] == kind }
            return Double(days.count { scores[$0] >= StationVerdict.anomalousScore }) / Double(days.count)
        }
    }

    /// A day of such a station says something: it has at least so many days, and energy on at least that share of them.
    static let leastDays = 180
    static let leastBusyShare = 0.5

    /// Whether a station is one on which days can be judged at all.
    public static func isBusy(_ history: StationHistory) -> Bool {
        let totals = history.dailyTotals
        let busy = totals.count { $0 > 0 }
        return totals.count >= leastDays && Double(busy) >= leastBusyShare * Double(totals.count)
    }

    /// Puts faults into a history and judges each of its days as the product does: from the days before it alone.
    /// - Parameters:
    ///   - history: As it was recorded.
    ///   - seed: Equal seeds give equal faults.
    ///   - configuration: Of the detector.
    public static func judge(
        _ history: StationHistory, seed: UInt64, configuration: StationConfiguration = StationConfiguration()
    ) -> Days {
        let injected = InjectedFaults(history, seed: seed)
        let baseline = WeekdayBaseline.scores(injected.history)
        var days = Days()
        days.scores = scores(injected.history, configuration: configuration)
        days.baseline = Array(baseline.dropFirst(InjectedFaults.quietDays))
        days.labels = Array(injected.labels.dropFirst(InjectedFaults.quietDays))
        return days
    }

    /// The score of each day of a history after the first four weeks.
    public static func scores(
        _ history: StationHistory, configuration: StationConfiguration = StationConfiguration()
    ) -> [Double] {
        (history.firstDay..<history.endDay).dropFirst(InjectedFaults.quietDays).map {
            StationDetector.judge(history, day: $0, configuration: configuration).score
        }
    }
}

extension StationHistory {
    /// Energy of each day in kWh.
    var dailyTotals: [Double] {
        stride(from: 0, to: hourlyKilowattHours.count, by: Self.hoursOfDay).map { start in
            let end = min(start + Self.hoursOfDay, hourlyKilowattHours.count)
            return hourlyKilowattHours[start..<end].reduce(0) { $0 + Double($1) }
        }
    }

    /// The same energy spread evenly over each day, as where only days are known.
    var withoutHours: StationHistory {
        let hours = dailyTotals.flatMap { total in
            repeatElement(Float(total / Double(Self.hoursOfDay)), count: Self.hoursOfDay)
        }
        return StationHistory(firstDay: firstDay, hourlyKilowattHours: hours)
    }
}
