import AnomalyDetection

/// Faults of the state of charge.
extension FaultInjector {
    mutating func lowerStateOfCharge(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        // Half a kWh must be imported while the state of charge is still lower.
        guard let place = place(track, power: 15, moments: 4) else { return nil }
        let amount = track.stateOfCharge[place + 3] - track.stateOfCharge[place - 1] + random.number(5...15).rounded()
        guard track.stateOfCharge[place] - amount > 6 else { return nil }
        for index in place..<track.stateOfCharge.count { track.stateOfCharge[index] -= amount }
        return (place - 1)...place
    }

    mutating func raiseStateOfCharge(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        guard let place = place(track, power: 1, moments: 2) else { return nil }
        let amount = random.number(20...40).rounded()
        guard track.stateOfCharge[place] + amount <= 99 else { return nil }
        for index in place..<track.stateOfCharge.count {
            track.stateOfCharge[index] = min(100, track.stateOfCharge[index] + amount)
        }
        return (place - 1)...place
    }

    mutating func misreadStateOfCharge(_ track: inout MeterTrack) -> ClosedRange<Int>? {
        guard track.times.count > 8 else { return nil }
        let place = random.whole(2...(track.times.count - 5))
        let end = place + random.whole(0...2)
        let value = random.pick([-10.0, -1, 101, 130, 255])
        for index in place...end { track.stateOfCharge[index] = value }
        return place...end
    }
}
