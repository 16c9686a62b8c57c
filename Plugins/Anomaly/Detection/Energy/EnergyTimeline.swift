/// What was delivered until a moment.
struct EnergyMoment {
    /// Whether the register was read within a minute.
    var isNear: Bool
    /// Whether the moment lies between the register's first and last reading, give or take a minute.
    var isCovered: Bool
    /// Energy delivered since the register's first reading, in kWh; rises are spread evenly between their readings.
    var delivered: Double
    /// The most that may have been delivered by then, in kWh.
    var latest: Double
    /// How far the register moved since its first reading, in kWh.
    var movement: Double
    /// When the register last changed.
    var flatSince: Int64
}

/// Looks up what was delivered until moments that are asked for in order of time.
struct EnergyTimeline {
    private let points: [RegisterPoint]
    private let sameMoment: Int64
    /// The first point that is later than the last moment asked for.
    private var next = 0

    init(_ track: RegisterTrack, sameMoment: Int64) {
        points = track.points
        self.sameMoment = sameMoment
    }

    /// What was delivered until the time, which must not be before that of an earlier call.
    mutating func moment(_ time: Int64) -> EnergyMoment {
        while next < points.count, points[next].time <= time { next += 1 }
        guard next > 0 else {
            guard let first = points.first else {
                return EnergyMoment(
                    isNear: false, isCovered: false, delivered: 0, latest: 0, movement: 0, flatSince: time)
            }
            let isNear = first.time - time <= sameMoment
            return EnergyMoment(
                isNear: isNear, isCovered: isNear, delivered: 0, latest: first.latest, movement: 0,
                flatSince: first.flatSince)
        }
        let point = points[next - 1]
        var moment = EnergyMoment(
            isNear: time - point.time <= sameMoment, isCovered: true, delivered: point.delivered,
            latest: point.latest, movement: point.movement, flatSince: point.flatSince)
        guard time > point.time else { return moment }
        guard next < points.count else {
            moment.isCovered = moment.isNear
            return moment
        }
        let following = points[next]
        if following.time - time <= sameMoment { moment.isNear = true }
        let share = Double(time - point.time) / Double(following.time - point.time)
        moment.delivered += share * (following.delivered - point.delivered)
        moment.movement += share * (following.movement - point.movement)
        moment.latest = max(moment.latest, moment.delivered)
        return moment
    }
}
