/// A nondeterministic automaton after Thompson, over classes of scalars that the pattern does not tell apart.
struct PatternAutomaton: Sendable {
    enum Step: Sendable {
        case scalars(set: Int, next: Int)
        case split(Int, Int)
        case textStart(next: Int)
        case textEnd(next: Int)
        case match
    }

    static let maximumSteps = 20_000

    private(set) var steps: [Step] = []
    private(set) var start = 0
    /// First scalar of every class, ascending; the first is 0.
    private(set) var classStarts: [UInt32] = [0]
    /// For each set the classes it holds.
    private(set) var sets: [[Bool]] = []
    private let source: String

    init(_ syntax: PatternSyntax, source: String) throws(ContractError) {
        self.source = source
        var collected: [ScalarSet] = []
        let match = try append(.match)
        start = try build(syntax, next: match, sets: &collected)
        var cuts: Set<UInt32> = [0]
        for range in collected.flatMap(\.ranges) {
            cuts.insert(range.lowerBound)
            if range.upperBound < ScalarSet.maximum { cuts.insert(range.upperBound + 1) }
        }
        let starts = cuts.sorted()
        classStarts = starts
        sets = collected.map { set in starts.map { set.contains($0) } }
    }

    var classCount: Int { classStarts.count }

    /// The class of a scalar.
    func classIndex(of scalar: UInt32) -> Int {
        var low = 0
        var high = classStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if classStarts[middle] <= scalar { low = middle } else { high = middle }
        }
        return low
    }

    /// Whether the text holds a match, by following all threads at once. Used where a table would be too large.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var threads = PatternThreads(capacity: steps.count)
        var moved = PatternThreads(capacity: steps.count)
        guard !add(start, to: &threads, atStart: true) else { return true }
        var index = 0
        while index < text.count {
            let classIndex = classIndex(of: UTF8Text.scalar(text, &index))
            moved.removeAll()
            for thread in threads.steps {
                guard case .scalars(let set, let next) = steps[thread], sets[set][classIndex] else { continue }
                if add(next, to: &moved, atStart: false) { return true }
            }
            if add(start, to: &moved, atStart: false) { return true }
            if moved.steps.isEmpty { return false }
            swap(&threads, &moved)
        }
        return matchesAtEnd(threads.steps, atStart: text.isEmpty)
    }

    /// Adds a step and all that are reachable from it without reading; true where a match is among them.
    private func add(_ seed: Int, to threads: inout PatternThreads, atStart: Bool) -> Bool {
        threads.pending.append(seed)
        while let step = threads.pending.popLast() {
            guard threads.visit(step) else { continue }
            switch steps[step] {
            case .scalars, .textEnd: threads.steps.append(step)
            case .split(let first, let second):
                threads.pending.append(first)
                threads.pending.append(second)
            case .textStart(let next): if atStart { threads.pending.append(next) }
            case .match:
                threads.pending.removeAll(keepingCapacity: true)
                return true
            }
        }
        return false
    }

    /// The threads that survive a scalar of a class.
    func move(_ threads: [Int], classIndex: Int) -> [Int] {
        threads.compactMap { thread in
            if case .scalars(let set, let next) = steps[thread], sets[set][classIndex] { next } else { nil }
        }
    }

    /// All steps reachable without reading, reduced to those that read, assert the end, or match; sorted.
    ///
    /// - Parameter effort: Is lessened by the steps that were looked at.
    func closure(of seeds: [Int], atStart: Bool, effort: inout Int) -> (steps: [Int], hasMatch: Bool) {
        var visited: Set<Int> = []
        var pending = seeds
        var result: [Int] = []
        var hasMatch = false
        while let step = pending.popLast() {
            guard visited.insert(step).inserted else { continue }
            switch steps[step] {
            case .scalars, .textEnd: result.append(step)
            case .split(let first, let second): pending += [first, second]
            case .textStart(let next): if atStart { pending.append(next) }
            case .match: hasMatch = true
            }
        }
        effort -= visited.count
        return (result.sorted(), hasMatch)
    }

    /// Whether one of the threads reaches a match at the end of the text.
    func matchesAtEnd(_ threads: [Int], atStart: Bool) -> Bool {
        var visited: Set<Int> = []
        var pending = threads
        while let step = pending.popLast() {
            guard visited.insert(step).inserted else { continue }
            switch steps[step] {
            case .scalars: continue
            case .split(let first, let second): pending += [first, second]
            case .textStart(let next): if atStart { pending.append(next) }
            case .textEnd(let next): pending.append(next)
            case .match: return true
            }
        }
        return false
    }

    private mutating func append(_ step: Step) throws(ContractError) -> Int {
        guard steps.count < Self.maximumSteps else {
            throw ContractError(code: .pattern, message: "The pattern \"\(source)\" is too large", pointer: "")
        }
        steps.append(step)
        return steps.count - 1
    }

    /// Appends the steps for `syntax`, built from the end backwards, and returns the first of them.
    private mutating func build(_ syntax: PatternSyntax, next: Int, sets: inout [ScalarSet]) throws(ContractError)
        -> Int
    {
        switch syntax {
        case .empty: return next
        case .textStart: return try append(.textStart(next: next))
        case .textEnd: return try append(.textEnd(next: next))
        case .scalars(let set):
            let position: Int
            if let known = sets.firstIndex(of: set) {
                position = known
            } else {
                position = sets.count
                sets.append(set)
            }
            return try append(.scalars(set: position, next: next))
        case .sequence(let parts):
            var first = next
            for part in parts.reversed() { first = try build(part, next: first, sets: &sets) }
            return first
        case .alternatives(let branches):
            var entry: Int?
            for branch in branches {
                let branchEntry = try build(branch, next: next, sets: &sets)
                entry = if let other = entry { try append(.split(other, branchEntry)) } else { branchEntry }
            }
            return entry ?? next
        case .repetition(let inner, let minimum, let maximum):
            return try buildRepetition(inner, minimum: minimum, maximum: maximum, next: next, sets: &sets)
        }
    }

    private mutating func buildRepetition(
        _ inner: PatternSyntax, minimum: Int, maximum: Int?, next: Int, sets: inout [ScalarSet]
    ) throws(ContractError) -> Int {
        var first = next
        if let maximum {
            for _ in 0..<(maximum - minimum) {
                let entry = try build(inner, next: first, sets: &sets)
                // Leaving early jumps to the very end: one copy more is useless without the one before it.
                first = try append(.split(entry, next))
            }
        } else {
            let loop = try append(.split(next, next))
            let entry = try build(inner, next: loop, sets: &sets)
            steps[loop] = .split(entry, next)
            first = loop
        }
        for _ in 0..<minimum { first = try build(inner, next: first, sets: &sets) }
        return first
    }
}

/// A set of steps that is cleared in constant time.
private struct PatternThreads {
    var steps: [Int] = []
    var pending: [Int] = []
    private var marks: [Int]
    private var mark = 1

    init(capacity: Int) {
        marks = [Int](repeating: 0, count: capacity)
    }

    /// Whether the step was not visited since the set was cleared.
    mutating func visit(_ step: Int) -> Bool {
        guard marks[step] != mark else { return false }
        marks[step] = mark
        return true
    }

    mutating func removeAll() {
        steps.removeAll(keepingCapacity: true)
        mark += 1
    }
}
