import AnomalyDetection

/// The sessions of Boulder: plug-in, end of charge and unplug.
enum BoulderSessions {
    /// All sessions whose times and energies can be read.
    static func load() -> [RecordedSession] {
        var sessions: [RecordedSession] = []
        var registers: [Substring: Double] = [:]
        for (_, lines) in RecordedSessions.lines("boulder") {
            for line in lines.dropFirst() {
                let fields = RecordedSessions.fields(line)
                guard fields.count >= 12, let start = time(fields[5]), let plugged = duration(fields[9]),
                    let charging = duration(fields[10]), let energy = Double(fields[11])
                else { continue }
                let register = registers[fields[0], default: 0]
                registers[fields[0]] = register + energy
                var moments = [start, start + min(charging, plugged), start + plugged]
                for index in 1..<3 { moments[index] = max(moments[index], moments[index - 1] + 1000) }
                let values = [register, register + energy, register + energy]
                sessions.append(
                    RecordedSession(
                        identifier: "\(fields[0])-\(sessions.count)", energy: energy,
                        minutes: Double(moments[2] - moments[0]) / 60_000,
                        readings: zip(moments, values).map {
                            Reading(timestampMilliseconds: $0, value: $1, unit: .kilowattHour)
                        }))
            }
        }
        return sessions
    }

    /// A moment written like `2018/01/12 15:54:00+00`.
    private static func time(_ text: Substring) -> Int64? {
        let numbers = text.prefix(19).split { "/ :".contains($0) }.compactMap { Int64($0) }
        guard numbers.count == 6 else { return nil }
        let days = Int64(RecordedSessions.days(Int(numbers[0]), Int(numbers[1]), Int(numbers[2])))
        return (((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5]) * 1000
    }

    /// A duration written like `3:59:35`, in milliseconds.
    private static func duration(_ text: Substring) -> Int64? {
        let numbers = text.split(separator: ":").compactMap { Int64($0) }
        guard numbers.count == 3 else { return nil }
        return ((numbers[0] * 60 + numbers[1]) * 60 + numbers[2]) * 1000
    }
}
