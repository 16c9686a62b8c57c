import AnomalyDetection
import ChargingSimulator
import Glibc

/// Measures what the session pipeline takes for a session of 300 readings. Prints one JSON object with microseconds of
/// CPU for each kind of session, medians of rounds; with a number behind it only judges so many, for tools that count.
@main
enum DetectionLoad {
    private static let readingCount = 300
    private static let sessionCount = 200
    private static let roundCount = 11
    private static let callCount = 2000
    private static let start: Int64 = 1_750_032_000_000

    static func main() {
        let kinds: [(name: String, sessions: [SampleSession])] = [
            ("ordinary", simulated(fault: false)), ("faulty", simulated(fault: true)),
            ("unsorted", simulated(fault: false).map(shuffled)), ("uniform", [uniform()]),
        ]
        if let count = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) {
            print(judge(kinds[0].sessions, count: count))
            return
        }
        let parts = kinds.map { kind in
            var rounds: [Double] = []
            for _ in 0..<roundCount {
                let before = nanoseconds()
                let found = judge(kind.sessions, count: callCount)
                rounds.append(Double(nanoseconds() - before) / Double(callCount) / 1000)
                precondition(found > 0 || kind.name != "faulty", "Faults must be found.")
            }
            let median = (rounds.sorted()[roundCount / 2] * 100).rounded() / 100
            return "\"\(kind.name)\": \(median)"
        }
        print("{\(parts.joined(separator: ", "))}")
    }

    /// Judges sessions in turn and returns how many findings there were.
    private static func judge(_ sessions: [SampleSession], count: Int) -> Int {
        var found = 0
        for index in 0..<count { found += sessions[index % sessions.count].verdict().findings.count }
        return found
    }

    /// Sessions of all measurands that stations send, cut to the same length.
    private static func simulated(fault: Bool) -> [SampleSession] {
        var sessions: [SampleSession] = []
        var seed: UInt64 = 0
        var random = SeededRandom(seed: 1)
        while sessions.count < sessionCount {
            seed += 1
            let session = Simulation.single(seed: seed, startMilliseconds: start)
            guard session.readings.count >= readingCount else { continue }
            var sample = SampleSession(
                readings: Array(session.readings.prefix(readingCount)), facts: session.facts)
            if fault {
                var planter = FaultPlanter(random: random.branch())
                guard let planted = planter.plant(random.pick(AnomalyCategory.allCases), into: sample) else { continue }
                sample = planted.session
            }
            sessions.append(sample)
        }
        return sessions
    }

    private static func shuffled(_ session: SampleSession) -> SampleSession {
        var random = SeededRandom(seed: 2)
        var session = session
        session.readings.shuffle(using: &random)
        return session
    }

    /// Register, power and state of charge each minute.
    private static func uniform() -> SampleSession {
        var readings: [Reading] = []
        for minute in 0..<(readingCount / 3) {
            let time = start + Int64(minute) * 60_000
            let energy = Double(minute) * 0.4
            readings.append(
                Reading(timestampMilliseconds: time, value: (1000 + energy) * 1000, unit: .wattHour))
            readings.append(Reading(timestampMilliseconds: time, value: 24_000, measurand: .powerActiveImport))
            readings.append(
                Reading(timestampMilliseconds: time, value: (20 + energy).rounded(), measurand: .stateOfCharge))
        }
        return SampleSession(
            readings: readings, facts: SessionFacts(isCompleted: true, maximumPowerKilowatts: 50))
    }

    private static func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
