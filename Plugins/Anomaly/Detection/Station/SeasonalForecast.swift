import Glibc

/// A robust seasonal forecast of a day's energy.
///
/// Exponential smoothing with a part for each weekday, in which every day is cut to a few scales of deviation before
/// anything is learnt from it: Gelper, Fried, Croux, "Robust forecasting with exponential and Holt-Winters smoothing",
/// Journal of Forecasting 29 (2010). It works on square roots, which give sums of a random number of sessions an even
/// spread, whether a station is busy or not.
struct SeasonalForecast {
    /// Energy expected of the judged day, in kWh.
    let expected: Double
    /// The judged day's deviation from it, in scales; positive when there was more.
    let deviation: Double

    /// Nil when there was never any energy.
    init?(_ days: DailyEnergy, _ configuration: StationConfiguration.Level) {
        let past = days.past
        let positive = past.filter { $0 > 0 }.sorted()
        guard let unit = positive.isEmpty ? nil : positive[positive.count / 2] else { return nil }
        var level = 0.0
        var scale = 0.5
        var weekdays = [Double](repeating: 0, count: 7)
        let offset = (days.weekday - past.count % 7 + 7) % 7
        for (index, energy) in past.enumerated() {
            let weekday = (offset + index) % 7
            let value = (energy / unit).squareRoot()
            // The first days weigh as in a plain mean, so that a short history is used well.
            let start = 1 / Double(index + 1)
            let error = value - level - weekdays[weekday]
            let cut = index < 7 ? error : min(max(error, -configuration.clip * scale), configuration.clip * scale)
            scale = (scale * scale + max(configuration.scaleSmoothing, start / 2) * (cut * cut * 1.2 - scale * scale))
                .squareRoot()
            scale = max(scale, 0.1)
            level += max(configuration.smoothing, start) * cut
            if index >= 14 { weekdays[weekday] += configuration.weekdaySmoothing * cut }
        }
        let forecast = max(level + weekdays[days.weekday], 0)
        expected = forecast * forecast * unit
        deviation = ((days.today / unit).squareRoot() - forecast) / scale
    }
}
