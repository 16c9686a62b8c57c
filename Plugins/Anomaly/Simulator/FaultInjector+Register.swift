import AnomalyDetection

/// Faults of the register.
extension FaultInjector {
    mutating func decreaseRegister(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        guard let place = place(track, power: 0.5, moments: 1) else { return nil }
        let amount = greatestRise(track) + random.number(0.3...8)
        for index in place..<track.register.count { track.register[index] -= amount }
        return (place - 1)...place
    }

    mutating func digPit(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        let length = random.whole(1...3)
        guard let place = place(track, power: 0.5, moments: length + 1) else { return nil }
        let amount = (1 + Double(length)) * greatestRise(track) + random.number(1...15)
        for index in place..<(place + length) { track.register[index] -= amount }
        return (place - 1)...(place + length)
    }

    mutating func freezeRegister(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        let length = moments(track, minutes: Int64(random.whole(30...60)), least: 4)
        guard let place = place(track, power: 1.5, moments: length) else { return nil }
        let end = place + length - 1
        let lost = track.register[end] - track.register[place]
        for index in (place + 1)..<track.register.count {
            track.register[index] = index <= end ? track.register[place] : track.register[index] - lost
        }
        return place...end
    }

    mutating func raiseRegister(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        guard track.times.count > 6 else { return nil }
        let place = random.whole(2...(track.times.count - 3))
        let greatest = rating.map { $0 * 1.15 } ?? 400
        let time = Double(track.profile.interval + (rating == nil ? 60_000 : 900_000)) / 3_600_000
        let amount = (1 + greatest * time) * random.number(1.3...6)
        let isLasting = random.chance(0.5)
        for index in place..<(isLasting ? track.register.count : place + 1) { track.register[index] += amount }
        return (place - 1)...place
    }

    mutating func lowerBelowZero(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        let offset = track.register[0] + random.number(0.5...60)
        for index in track.register.indices { track.register[index] -= offset }
        let end = track.register.lastIndex { $0 < 0 } ?? 0
        return 0...end
    }

    mutating func scaleEnergy(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        let length = moments(track, minutes: 60, least: 8)
        guard let place = place(track, power: 3, moments: length) else { return nil }
        let end = place + length - 1
        let gained = track.register[end] - track.register[place]
        let share = random.chance(0.5) ? random.number(0.2...0.5) : random.number(1.6...2.5)
        guard gained * abs(share - 1) > 1.6 else { return nil }
        let first = track.register[place]
        for index in (place + 1)..<track.register.count {
            if index <= end {
                track.register[index] = first + (track.register[index] - first) * share
            } else {
                track.register[index] += gained * (share - 1)
            }
        }
        return place...end
    }

    mutating func silence(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        let longest = max(60, 4 * track.profile.interval / 60_000)
        let length = moments(track, minutes: longest + Int64(random.whole(5...60)), least: 2)
        guard let place = place(track, power: 1.5, moments: length) else { return nil }
        let energy = track.register[place + length - 1] - track.register[place - 1]
        guard track.profile.sendsPower || energy > 2.2 * greatestRise(track) else { return nil }
        track.remove(place..<(place + length - 1))
        return (place - 1)...place
    }
}
