public import AnomalyDetection

/// The simple method that the station detector is held against: a day's distance from the median of its weekday, in
/// median absolute deviations. It sees the whole history, later days too.
public enum WeekdayBaseline {
    /// A score for each day; from 0.5 on, the distance is at least 3.5 scales.
    public static func scores(_ history: StationHistory) -> [Double] {
        let totals = history.dailyTotals
        let days = totals.count
        var scores = [Double](repeating: 0, count: days)
        for weekday in 0..<7 {
            let members = stride(from: weekday, to: days, by: 7)
            let center = median(members.map { totals[$0] })
            let spread = 1.4826 * median(members.map { abs(totals[$0] - center) })
            for day in members {
                let distance = abs(totals[day] - center)
                let scales = spread > 0 ? distance / spread : distance > 0 ? 10 : 0
                scores[day] = scales / (scales + 3.5)
            }
        }
        return scores
    }

    private static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
