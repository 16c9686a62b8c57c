/// A dictionary by text of which a changed copy costs the same however many entries there are: two levels of 64
/// branches, and a small dictionary at the end of each. Copies share what they have in common.
struct PersistentMap<Value: Sendable>: Sendable {
    private typealias Leaf = [String: Value]

    /// Immutable once it is reachable from a map that somebody else may hold.
    private final class Branch: Sendable {
        let leaves: [Leaf]

        init(leaves: [Leaf]) {
            self.leaves = leaves
        }
    }

    private static var width: Int { 64 }

    private var branches: [Branch?] = []
    /// How many entries there are.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// An empty map.
    init() {}

    /// Builds a map at once, in which no copy is made for each entry.
    init(_ entries: [String: Value]) {
        var tables: [[Leaf]] = []
        for (key, value) in entries {
            if tables.isEmpty { tables = Array(repeating: [], count: Self.width) }
            let (first, second) = Self.place(key)
            if tables[first].isEmpty { tables[first] = Array(repeating: [:], count: Self.width) }
            tables[first][second][key] = value
        }
        branches = tables.map { $0.isEmpty ? nil : Branch(leaves: $0) }
        count = entries.count
    }

    /// The value of a name. Setting one copies the way to it, and nothing else.
    subscript(key: String) -> Value? {
        get {
            guard !branches.isEmpty else { return nil }
            let (first, second) = Self.place(key)
            return branches[first]?.leaves[second][key]
        }
        set {
            if branches.isEmpty { branches = Array(repeating: nil, count: Self.width) }
            let (first, second) = Self.place(key)
            var leaves = branches[first]?.leaves ?? Array(repeating: [:], count: Self.width)
            let former = leaves[second][key] != nil
            leaves[second][key] = newValue
            count += (newValue == nil ? 0 : 1) - (former ? 1 : 0)
            branches[first] = Branch(leaves: leaves)
        }
    }

    private static func place(_ key: String) -> (Int, Int) {
        let hash = UInt(bitPattern: key.hashValue)
        return (Int(hash >> 52) & (width - 1), Int(hash >> 58))
    }
}
