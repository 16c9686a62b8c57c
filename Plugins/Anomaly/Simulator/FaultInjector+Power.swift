import AnomalyDetection

/// Faults of power, currents, voltages and temperatures.
extension FaultInjector {
    mutating func losePower(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        let length = moments(track, minutes: Int64(random.whole(15...40)), least: 6)
        guard let place = place(track, power: 2, moments: length) else { return nil }
        let end = place + length - 1
        let energy = track.register[end] - track.register[place]
        let expected = track.power[place - 1] * Double(track.times[end] - track.times[place]) / 3_600_000
        guard energy > 0.4, energy > 0.6 * expected else { return nil }
        for index in place...end { track.power[index] *= random.number(0...0.05) }
        return place...end
    }

    mutating func raisePower(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        guard let place = place(track, power: 1.2, moments: 2), let highest = track.power.max() else { return nil }
        let greatest = rating.map { $0 * 1.15 } ?? 400
        let isBeyondRating = random.chance(0.5) || track.profile.interval > 300_000
        let factor = random.number(1.1...4)
        track.power[place] = isBeyondRating ? greatest * factor : max(5, 3 * highest) * factor
        return (place - 1)...(place + 1)
    }

    mutating func unbalance(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        let length = moments(track, minutes: Int64(random.whole(12...40)), least: 4)
        guard track.phases == 3, let place = place(track, power: 9, moments: length) else { return nil }
        let phase = random.whole(0...2)
        let share = random.number(0.4...0.62)
        let end = place + length - 1
        for index in place...end { track.currents[index][phase] *= share }
        return place...end
    }

    mutating func deviate(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        guard track.times.count > 8 else { return nil }
        let place = random.whole(2...(track.times.count - 5))
        let end = place + random.whole(1...3)
        let phase = random.whole(0...2)
        let share = random.chance(0.5) ? random.number(0.5...0.83) : random.number(1.17...1.28)
        for index in place...end { track.voltages[index][phase] = 230 * share }
        return place...end
    }

    mutating func overheat(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        guard track.times.count > 8 else { return nil }
        let place = random.whole(2...(track.times.count - 5))
        let end = place + random.whole(0...3)
        for index in place...end { track.temperature[index] = random.number(81...120) }
        return place...end
    }
}
