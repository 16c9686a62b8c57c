import Glibc

/// A robust seasonal forecast of a day's energy.
///
/// Exponential smoothing with a part for each weekday, in which every day is cut to a few scales of deviation before
/// anything is learnt from it: Gelper, Fried, Croux, "Robust forecasting with exponential and Holt-Winters smoothing",
/// Journal of Forecasting 29 (2010). It works on square roots, which give sums of a random number of sessions an even
/// spread, whether a station is busy or not, and on shares of the station's usual day, so that no unit matters.
struct SeasonalForecast {
    /// Energy expected of the judged day, in kWh.
    let expected: Double
    /// Of each earlier day and the judged one, the last, the square root of its energy as a share of the usual day.
    let roots: [Double]
    /// Of the same days but for those of long closures, the deviation of the root from what the days before had led to
    /// expect.
    let deviations: [Double]

    /// Nil when there was never any energy.
    init?(_ days: DailyEnergy, _ configuration: StationConfiguration.Level, greatestSilenceDays: Int) {
        let positive = days.past.lazy.map(\.total).filter { $0 > 0 }.sorted()
        guard !positive.isEmpty else { return nil }
        let unit = positive[positive.count / 2]
        let count = days.past.count
        var roots: [Double] = []
        roots.reserveCapacity(count + 1)
        for day in days.past { roots.append((day.total / unit).squareRoot()) }
        roots.append((days.today.total / unit).squareRoot())
        var deviations: [Double] = []
        deviations.reserveCapacity(count + 1)
        var level = 0.0
        var scale = configuration.firstScale
        var weekdays = [Double](repeating: 0, count: 7)
        let offset = (days.weekday - count % 7 + 7) % 7
        var forecast = 0.0
        var spread = 0.0
        var silence = 0
        for (index, root) in roots.enumerated() {
            let weekday = (offset + index) % 7
            forecast = max(level + weekdays[weekday], 0)
            silence = root > 0 ? 0 : silence + 1
            // A station out of use says nothing about what it will be used for.
            if silence > greatestSilenceDays, index < count { continue }
            spread = scale
            let error = root - forecast
            deviations.append(error)
            // The first days weigh as in a plain mean, so that a short history is used well.
            let start = 1 / Double(index + 1)
            let bound = index < 7 ? .infinity : configuration.clip * scale
            let cut = min(max(error, -bound), bound)
            // Cutting takes a fifth off the square of a deviation.
            let rate = max(configuration.scaleSmoothing, start / 2)
            scale = max((scale * scale + rate * (1.2 * cut * cut - scale * scale)).squareRoot(), 0.1)
            level += max(configuration.smoothing, start) * cut
            if index >= 7 {
                weekdays[weekday] += max(configuration.weekdaySmoothing, 1 / Double(index / 7 + 1)) * cut
            }
        }
        // The mean of squares exceeds the square of the mean by the variance, which is small where hardly anything is
        // expected.
        expected = (forecast * forecast + min(spread * spread, forecast * forecast)) * unit
        self.roots = roots
        self.deviations = deviations
    }
}
