import Synchronization

/// What the requests of one generation of one tenant's module came to: how many, how many of them failed, and how long
/// they took, in steps of half an octave. Every request adds to it, so it is atomic additions only. Any thread.
final class GenerationTally: @unchecked Sendable {
    /// What was counted up to a moment.
    struct Reading: Sendable, Equatable {
        /// Answers.
        var answers: UInt64 = 0
        /// Answers of 500 and more.
        var failures: UInt64 = 0
        /// Answers by the step of their duration.
        var steps: [UInt64] = []

        /// The part of the answers that failed; 0 when there are none.
        var failureRate: Double { answers == 0 ? 0 : Double(failures) / Double(answers) }

        /// Upper edge of the step in which that part of the answers was given, in nanoseconds; nil when there are none.
        func nanoseconds(atQuantile quantile: Double) -> Int64? {
            let timed = steps.reduce(0, +)
            guard timed > 0 else { return nil }
            let wanted = max(1, UInt64((Double(timed) * quantile).rounded(.up)))
            var seen: UInt64 = 0
            for (step, count) in steps.enumerated() {
                seen += count
                if seen >= wanted { return GenerationTally.upperEdge(of: step) }
            }
            return nil
        }
    }

    /// Two steps an octave from 16 µs on; the last one holds all that took longer than half a minute.
    static let stepCount = 44
    private static let firstOctave = 14

    // Guard: the pointer never changes, and what it points to is atomic. Answers that are not timed come first, then
    // failures, then the steps.
    private let counters: UnsafeMutablePointer<Atomic<UInt32>>
    private static let count = stepCount + 2

    init() {
        counters = .allocate(capacity: Self.count)
        for index in 0..<Self.count { (counters + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counters.deinitialize(count: Self.count)
        counters.deallocate()
    }

    /// Counts one answer.
    /// - Parameter durationNanoseconds: nil where it says nothing, as with streams.
    func add(status: Int, durationNanoseconds: Int64?) {
        let place = durationNanoseconds.map { 2 + Self.step(of: $0) } ?? 0
        counters[place].add(1, ordering: .relaxed)
        if status >= 500 { counters[1].add(1, ordering: .relaxed) }
    }

    var reading: Reading {
        let steps = (2..<Self.count).map { UInt64(counters[$0].load(ordering: .relaxed)) }
        let untimed = UInt64(counters[0].load(ordering: .relaxed))
        return Reading(
            answers: steps.reduce(untimed, +), failures: UInt64(counters[1].load(ordering: .relaxed)), steps: steps)
    }

    static func step(of nanoseconds: Int64) -> Int {
        let value = UInt64(max(1, nanoseconds))
        let octave = 63 - value.leadingZeroBitCount
        guard octave >= firstOctave else { return 0 }
        // The bit below the highest one says which half of the octave it is.
        let half = Int((value >> (octave - 1)) & 1)
        return min(stepCount - 1, 2 * (octave - firstOctave) + half)
    }

    static func upperEdge(of step: Int) -> Int64 {
        let base = Int64(1) << (firstOctave + step / 2)
        return step.isMultiple(of: 2) ? base + base / 2 : base * 2
    }
}
