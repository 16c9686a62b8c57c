/// Recognises registers that are refreshed less often than they are read: they stand still while energy flows, and then
/// rise by more than was charged since the reading before.
enum LateRefresh {
    /// Energy in kWh that a register refreshed in time would have shown.
    private static let visibleEnergy = 0.3

    /// Points of the state of charge that show that energy flows.
    private static let visiblePoints = 2.0

    /// Whether a register was seen to be refreshed late.
    static func isSeen(_ points: [RegisterPoint], power: [Sample], stateOfCharge: [Sample]) -> Bool {
        var catchUps = 0
        var cursor = 0
        for index in 2..<max(2, points.count)
        where points[index - 1].value == points[index - 2].value
            && points[index].delivered - points[index - 1].delivered > visibleEnergy
        {
            let before = points[index - 1]
            guard !power.isEmpty else {
                catchUps += 1
                if catchUps > 1 || gained(stateOfCharge, before.flatSince, before.time) > visiblePoints { return true }
                continue
            }
            while cursor + 1 < power.count, power[cursor + 1].time <= before.flatSince { cursor += 1 }
            let still = given(power, from: cursor, before.flatSince, before.time, takesHigher: false)
            let moving = given(power, from: cursor, before.time, points[index].time, takesHigher: true)
            let rise = points[index].delivered - points[index - 1].delivered
            if still > visibleEnergy, rise > 1.3 * moving { return true }
        }
        return false
    }

    /// What the higher or the lower of each two neighbouring power readings gives in a time, in kWh.
    static func given(
        _ power: [Sample], from first: Int = 0, _ start: Int64, _ end: Int64, takesHigher: Bool
    ) -> Double {
        var given = 0.0
        var index = first + 1
        while index < power.count, power[index - 1].time < end {
            let overlap = min(end, power[index].time) - max(start, power[index - 1].time)
            if overlap > 0 {
                let (one, other) = (power[index - 1].value, power[index].value)
                given += max(0, takesHigher ? max(one, other) : min(one, other)) * hours(overlap)
            }
            index += 1
        }
        return given
    }

    /// How many points the state of charge gained in a time; zeros, which may mean unknown, are passed over.
    static func gained(_ stateOfCharge: [Sample], _ start: Int64, _ end: Int64) -> Double {
        var first: Double?
        var last = 0.0
        for sample in stateOfCharge where sample.time >= start && sample.time <= end && sample.value != 0 {
            if first == nil { first = sample.value }
            last = sample.value
        }
        return first.map { last - $0 } ?? 0
    }
}
