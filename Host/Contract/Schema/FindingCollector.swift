import GantryJSON

/// Takes in the rules that a value breaks, or merely stops at the first one.
struct FindingCollector {
    struct Entry {
        let keyword: Keyword
        let message: String
        /// Place of the value on the tape; of the object, where a member is missing.
        let node: Int
        /// Name of the missing member.
        let missing: String?
        let position: Int
        let tie: Int
    }

    /// Findings that a request's answer lists at most.
    static let maximumReported = 50
    /// More than are reported, since schemas that are combined yield theirs out of order.
    private static let maximumCollected = 512

    /// Checks of further forms that are allowed whatever the value's size, in values of the tape.
    private static let minimumEffort = 1 << 18
    /// And how many for each value of the tape: ten forms at each of six levels need 60.
    private static let effortPerNode = 64

    let isRecording: Bool
    private(set) var entries: [Entry] = []
    /// What may still be spent on looking at values more than once; below zero where that was too much.
    private(set) var effort: Int

    /// Starts a check of a whole value.
    init(isRecording: Bool, for value: JSONValue) {
        self.init(
            isRecording: isRecording,
            effort: Self.minimumEffort + Self.effortPerNode * (Int(value.node.next) - value.index))
    }

    /// Goes on with what another collector has left to spend.
    init(isRecording: Bool, effort: Int) {
        self.isRecording = isRecording
        self.effort = effort
    }

    /// Whether looking at the value again would take too long. Forms that contain each other would otherwise double
    /// the time with every level of nesting.
    mutating func isTooIntricate(_ value: JSONValue) -> Bool {
        effort -= Int(value.node.next) - value.index
        return effort < 0
    }

    /// Takes over what another collector, made of this one's effort, has left.
    mutating func spend(as other: FindingCollector) { effort = other.effort }

    /// Takes in a broken rule; false where checking should stop.
    @inline(__always)
    mutating func add(_ keyword: @autoclosure () -> Keyword, _ value: JSONValue, _ message: @autoclosure () -> String)
        -> Bool
    {
        guard isRecording else { return false }
        return append(keyword(), value.index, nil, position: 2 * value.index, tie: 0, message())
    }

    /// Takes in a missing member, which comes after all the members that the object has.
    @inline(__always)
    mutating func addMissing(_ keyword: Keyword, _ name: @autoclosure () -> String, in object: JSONValue) -> Bool {
        guard isRecording else { return false }
        return append(
            keyword, object.index, name(), position: 2 * Int(object.node.next), tie: -object.index, "is required")
    }

    @inline(never)
    private mutating func append(
        _ keyword: Keyword, _ node: Int, _ missing: String?, position: Int, tie: Int, _ message: String
    ) -> Bool {
        entries.append(
            Entry(keyword: keyword, message: message, node: node, missing: missing, position: position, tie: tie))
        return entries.count < Self.maximumCollected
    }

    /// Forgets all but the first `count` findings.
    mutating func truncate(to count: Int) {
        entries.removeSubrange(count...)
    }

    /// Takes over what another collector holds; false where checking should stop.
    mutating func append(contentsOf other: FindingCollector) -> Bool {
        entries += other.entries.prefix(Self.maximumCollected - entries.count)
        return entries.count < Self.maximumCollected
    }

    /// The findings in the order of the document, without repetitions.
    ///
    /// - Parameters:
    ///   - root: The value that was checked.
    ///   - prefix: Path of that value, empty for a body.
    func findings(root: JSONValue, location: Finding.Location, prefix: String = "") -> [Finding] {
        if effort < 0 {
            return [
                Finding(
                    location: location, path: prefix, keyword: .tooIntricate, message: "is too intricate to be checked")
            ]
        }
        let sorted = entries.enumerated().sorted { left, right in
            (left.element.position, left.element.tie, left.offset)
                < (right.element.position, right.element.tie, right.offset)
        }
        var findings: [Finding] = []
        for (_, entry) in sorted where findings.count < Self.maximumReported {
            var path = prefix
            Self.appendPath(to: entry.node, from: root, path: &path)
            if let missing = entry.missing { path += path.isEmpty ? missing : "." + missing }
            let isKnown = findings.reversed().contains { $0.path == path && $0.keyword == entry.keyword }
            if isKnown { continue }
            findings.append(
                Finding(
                    location: location, path: path, keyword: entry.keyword, message: entry.message,
                    order: entry.position))
        }
        return findings
    }

    /// Appends the dotted way from `root` down to a node. Paths are rare, so they are looked for afterwards instead of
    /// being kept up while checking.
    private static func appendPath(to target: Int, from root: JSONValue, path: inout String) {
        var current = root
        while current.index != target {
            var step: (name: String, value: JSONValue)?
            if current.kind == .array {
                for (position, element) in current.elements.enumerated() where target < Int(element.node.next) {
                    step = (String(position), element)
                    break
                }
            } else {
                for (name, value) in current.members where target < Int(value.node.next) {
                    step = (name.string ?? "", value)
                    break
                }
            }
            guard let step else { return }
            path += path.isEmpty ? step.name : "." + step.name
            // The target may be the member's name itself, which lies in front of its value.
            guard target >= step.value.index else { return }
            current = step.value
        }
    }
}
