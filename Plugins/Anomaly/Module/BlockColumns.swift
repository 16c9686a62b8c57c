import GantryKit

/// The columns of one block, as far as a filter asks about them.
struct BlockColumns {
    private let count: Int
    private let verdicts: UnsafeRawBufferPointer?
    private let places: UnsafeRawBufferPointer?
    private let times: UnsafeRawBufferPointer?
    private let test: VerdictTest?
    private let marks: [UInt8]
    private let window: Range<Int64>

    /// Takes the columns that were read, nil for those that the filter does not ask about.
    ///
    /// - Parameters:
    ///   - test: What is asked of the verdict, if anything.
    ///   - marks: The places that are allowed, as in `BlockPlaces`.
    ///   - window: When sessions must have been created; asked only with `times`.
    init(
        count: Int, verdicts: UnsafeRawBufferPointer?, places: UnsafeRawBufferPointer?, times: UnsafeRawBufferPointer?,
        test: VerdictTest?, marks: [UInt8], window: Range<Int64>
    ) throws {
        guard verdicts.map({ $0.count == count * 4 }) ?? true, places.map({ $0.count == count * 4 }) ?? true,
            times.map({ $0.count == count * 8 }) ?? true
        else { throw HostError(.failed, message: "A block of sessions in the database is damaged.") }
        self.count = count
        self.verdicts = verdicts
        self.places = places
        self.times = times
        self.test = test
        self.marks = marks
        self.window = window
    }

    /// The number of sessions that match.
    func countMatches() -> Int {
        if times != nil { return (0..<count).reduce(0) { $0 &+ (accepts($1) ? 1 : 0) } }
        switch (verdicts, places) {
        case (nil, nil): return count
        case (let verdicts?, nil): return countVerdicts(verdicts)
        case (_, let places?): return countPlaces(places)
        }
    }

    // Without branches these loops take about a nanosecond for each session.

    private func countVerdicts(_ verdicts: UnsafeRawBufferPointer) -> Int {
        guard let test else { return count }
        var found = 0
        for index in 0..<count {
            found &+= test.accepts(SessionBlock.value(verdicts, index, as: UInt32.self)) ? 1 : 0
        }
        return found
    }

    private func countPlaces(_ places: UnsafeRawBufferPointer) -> Int {
        marks.withUnsafeBufferPointer { marks in
            var found = 0
            for index in 0..<count {
                let place = Int(SessionBlock.value(places, index, as: UInt32.self))
                // Most sessions are elsewhere, so that the verdict is seldom looked at.
                guard place < marks.count, marks[place] != 0 else { continue }
                guard let test, let verdicts else {
                    found &+= 1
                    continue
                }
                found &+= test.accepts(SessionBlock.value(verdicts, index, as: UInt32.self)) ? 1 : 0
            }
            return found
        }
    }

    /// Positions of the first sessions that match.
    func matches(upTo greatest: Int) -> [Int] {
        Array((0..<count).lazy.filter(accepts).prefix(greatest))
    }

    private func accepts(_ index: Int) -> Bool {
        if let test, let verdicts, !test.accepts(SessionBlock.value(verdicts, index, as: UInt32.self)) { return false }
        if let places {
            let place = Int(SessionBlock.value(places, index, as: UInt32.self))
            guard place < marks.count, marks[place] != 0 else { return false }
        }
        guard let times else { return true }
        return window.contains(SessionBlock.value(times, index, as: Int64.self))
    }
}
