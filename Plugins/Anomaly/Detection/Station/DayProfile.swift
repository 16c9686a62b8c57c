/// How the day's energy is spread over its hours, held against the days before by Sub-PCA.
struct DayProfile {
    private static let leastDays = 21
    private static let greatestDays = 365

    /// The surprise; 0 for an idle day, or where there are too few days.
    let surprise: Double

    /// - Parameters:
    ///   - history: The station's energy.
    ///   - day: The judged day, which is over.
    ///   - memoryDays: How many days before are looked at.
    init(_ history: StationHistory, day: Int, memoryDays: Int) {
        let size = StationHistory.hoursOfDay
        let offset = day - history.firstDay
        let hours = history.hourlyKilowattHours
        var profiles: [Double] = []
        for offset in max(0, offset - min(memoryDays, Self.greatestDays))...max(offset, 0)
        where (offset + 1) * size <= hours.count {
            Self.append(hours[offset * size..<(offset + 1) * size], to: &profiles)
        }
        let count = profiles.count / size
        guard count > Self.leastDays, offset >= 0, (offset + 1) * size <= hours.count,
            hours[offset * size..<(offset + 1) * size].contains(where: { $0 > 0 }),
            let model = WindowModel(profiles, size: size, step: size, ridge: 0.05)
        else {
            surprise = 0
            return
        }
        var distances = (0..<count).map { model.distance(of: profiles, at: $0 * size).squareRoot() }
        let today = distances.removeLast()
        surprise = TailModel(distances, floor: 0.2).surprise(today)
    }

    /// Appends the square roots of the hours' shares, each blended with its neighbours, since clocks change twice a
    /// year and people are not punctual.
    private static func append(_ hours: ArraySlice<Float>, to profiles: inout [Double]) {
        let total = hours.reduce(0) { $0 + Double(max($1, 0)) }
        guard total > 0 else { return }
        let first = hours.startIndex
        for hour in hours.indices {
            let before = hour > first ? hours[hour - 1] : hours[hour]
            let after = hour + 1 < hours.endIndex ? hours[hour + 1] : hours[hour]
            let blended = (Double(before) + 2 * Double(hours[hour]) + Double(after)) / 4
            profiles.append((max(blended, 0) / total).squareRoot())
        }
    }
}
