/// A deterministic automaton, built completely when the pattern is compiled, so that matching neither allocates nor
/// changes anything. Immutable after the initializer, hence Sendable.
final class PatternTable: @unchecked Sendable {
    private static let maximumEntries = 256 * 1024
    /// Steps that building a table looks at. A document's patterns are compiled one after the other at a start.
    private static let maximumEffort = 600_000
    private static let dead: UInt16 = 0
    private static let matched: UInt16 = 1
    private static let initial: UInt16 = 2

    private let classCount: Int
    private let asciiClasses: UnsafeMutablePointer<UInt16>
    private let transitions: UnsafeMutablePointer<UInt16>
    private let acceptsAtEnd: UnsafeMutablePointer<Bool>
    private let automaton: PatternAutomaton

    /// Nil where the table would become too large.
    init?(_ automaton: PatternAutomaton) {
        guard let rows = Self.rows(automaton) else { return nil }
        self.automaton = automaton
        classCount = automaton.classCount
        asciiClasses = .allocate(capacity: 128)
        for scalar in 0..<128 {
            (asciiClasses + scalar).initialize(to: UInt16(automaton.classIndex(of: UInt32(scalar))))
        }
        transitions = .allocate(capacity: rows.transitions.count)
        transitions.initialize(from: rows.transitions, count: rows.transitions.count)
        acceptsAtEnd = .allocate(capacity: rows.acceptsAtEnd.count)
        acceptsAtEnd.initialize(from: rows.acceptsAtEnd, count: rows.acceptsAtEnd.count)
    }

    deinit {
        asciiClasses.deallocate()
        transitions.deallocate()
        acceptsAtEnd.deallocate()
    }

    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var state = Self.initial
        var index = 0
        while state > Self.matched, index < text.count {
            let byte = text[index]
            let classIndex: Int
            if byte < 0x80 {
                classIndex = Int(asciiClasses[Int(byte)])
                index += 1
            } else {
                classIndex = automaton.classIndex(of: UTF8Text.scalar(text, &index))
            }
            state = transitions[Int(state) * classCount + classIndex]
        }
        return acceptsAtEnd[Int(state)]
    }

    /// The rows of the table by subset construction: state 0 is dead, 1 has matched, 2 is where matching begins.
    private static func rows(_ automaton: PatternAutomaton) -> (transitions: [UInt16], acceptsAtEnd: [Bool])? {
        let classCount = automaton.classCount
        var numbers: [[Int]: UInt16] = [:]
        var members: [[Int]] = [[], [], []]
        var transitions = [UInt16](repeating: dead, count: classCount) + [UInt16](repeating: matched, count: classCount)
        var acceptsAtEnd = [false, true]
        var effort = maximumEffort
        let first = automaton.closure(of: [automaton.start], atStart: true, effort: &effort)
        members[2] = first.steps
        // The initial state alone may pass a text-start assertion, so it is never shared with a later one.
        acceptsAtEnd.append(first.hasMatch || automaton.matchesAtEnd(first.steps, atStart: true))
        var state = 2
        while state < members.count {
            guard (state + 1) * classCount <= maximumEntries, members.count < 65_000, effort > 0 else { return nil }
            for classIndex in 0..<classCount {
                if state == 2, first.hasMatch {
                    transitions.append(matched)
                    continue
                }
                let moved = automaton.move(members[state], classIndex: classIndex)
                let target = automaton.closure(of: moved + [automaton.start], atStart: false, effort: &effort)
                if target.hasMatch {
                    transitions.append(matched)
                } else if target.steps.isEmpty {
                    transitions.append(dead)
                } else if let known = numbers[target.steps] {
                    transitions.append(known)
                } else {
                    numbers[target.steps] = UInt16(members.count)
                    transitions.append(UInt16(members.count))
                    members.append(target.steps)
                    acceptsAtEnd.append(automaton.matchesAtEnd(target.steps, atStart: false))
                }
            }
            state += 1
        }
        return (transitions, acceptsAtEnd)
    }
}
