/// The energy that a station delivered, hour by hour, as far back as it is known.
public struct StationHistory: Sendable, Equatable {
    /// Hours of a day.
    public static let hoursOfDay = 24

    /// The first day, in days since 1970-01-01 of the UTC calendar.
    public var firstDay: Int
    /// Delivered energy in kWh of every hour from the first day's midnight on, 24 for each day.
    ///
    /// Hours without delivery hold 0, and so do days without any between the first and the last.
    public var hourlyKilowattHours: [Float]

    /// Makes a history.
    /// - Parameters:
    ///   - firstDay: The first day, in days since 1970-01-01 UTC; best the first on which the station was heard of.
    ///   - hourlyKilowattHours: 24 values for each day; those of a last day that is not whole are taken as 0.
    public init(firstDay: Int, hourlyKilowattHours: [Float]) {
        self.firstDay = firstDay
        self.hourlyKilowattHours = hourlyKilowattHours
    }

    /// The day after the last that has values, in days since 1970-01-01 UTC.
    public var endDay: Int {
        firstDay + (hourlyKilowattHours.count + Self.hoursOfDay - 1) / Self.hoursOfDay
    }
}
