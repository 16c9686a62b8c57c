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
        if times == nil, places == nil {
            guard let test, let verdicts else { return count }
            var found = 0
            for index in 0..<count where test.accepts(SessionBlock.value(verdicts, index, as: UInt32.self)) {
                found &+= 1
            }
            return found
        }
        var found = 0
        for index in 0..<count where accepts(index) { found &+= 1 }
        return found
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
