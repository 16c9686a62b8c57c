/// Values by key, linked in the order of their use. The links are positions in one array, so that a use allocates
/// nothing.
struct CacheList {
    enum Value {
        case bytes([UInt8])
        case counter(Int64)

        /// As it is read: the text of a counter's number.
        var bytes: [UInt8] {
            switch self {
            case .bytes(let bytes): bytes
            case .counter(let number): Array(String(number).utf8)
            }
        }
    }

    private struct Entry {
        var key: [UInt8]
        var value: Value
        var endNanoseconds: Int64
        var newer = none
        var older = none
    }

    private static let none = -1
    /// What an entry costs besides key and value: its place here and in the dictionary, and two arrays' heads.
    private static let overhead = 160

    private var positions: [[UInt8]: Int] = [:]
    private var entries: [Entry] = []
    private var free: [Int] = []
    private var newest = none
    private var oldest = none
    private(set) var byteCount = 0
    var isClosed = false

    static func cost(_ key: [UInt8], _ value: Value) -> Int {
        // The key is kept once: both arrays share their memory.
        switch value {
        case .bytes(let bytes): overhead + key.count + bytes.count
        case .counter: overhead + key.count
        }
    }

    /// The value, which becomes the newest; nil when there is none or its time is over.
    mutating func value(_ key: [UInt8], nowNanoseconds: Int64) -> Value? {
        guard let position = positions[key] else { return nil }
        guard nowNanoseconds < entries[position].endNanoseconds else {
            drop(position)
            return nil
        }
        unlink(position)
        linkAsNewest(position)
        return entries[position].value
    }

    mutating func put(_ key: [UInt8], _ value: Value, endNanoseconds: Int64) {
        if let position = positions[key] { drop(position) }
        let entry = Entry(key: key, value: value, endNanoseconds: endNanoseconds)
        let position: Int
        if let place = free.popLast() {
            position = place
            entries[position] = entry
        } else {
            position = entries.count
            entries.append(entry)
        }
        positions[key] = position
        byteCount += Self.cost(key, value)
        linkAsNewest(position)
    }

    /// Replaces the value of a key that is there; its end stays.
    mutating func change(_ key: [UInt8], to value: Value) {
        guard let position = positions[key] else { return }
        byteCount += Self.cost(key, value) - Self.cost(key, entries[position].value)
        entries[position].value = value
    }

    mutating func remove(_ key: [UInt8], nowNanoseconds: Int64) -> Bool {
        guard let position = positions[key] else { return false }
        let isAlive = nowNanoseconds < entries[position].endNanoseconds
        drop(position)
        return isAlive
    }

    /// Lets go of the oldest until no more than so many bytes are held.
    mutating func evict(down limit: Int) {
        while byteCount > limit, oldest != Self.none { drop(oldest) }
        if positions.isEmpty { (entries, free, positions) = ([], [], [:]) }
    }

    private mutating func drop(_ position: Int) {
        unlink(position)
        byteCount -= Self.cost(entries[position].key, entries[position].value)
        positions.removeValue(forKey: entries[position].key)
        entries[position] = Entry(key: [], value: .counter(0), endNanoseconds: 0)
        free.append(position)
    }

    private mutating func unlink(_ position: Int) {
        let (newer, older) = (entries[position].newer, entries[position].older)
        if newer == Self.none { newest = older } else { entries[newer].older = older }
        if older == Self.none { oldest = newer } else { entries[older].newer = newer }
    }

    private mutating func linkAsNewest(_ position: Int) {
        entries[position].newer = Self.none
        entries[position].older = newest
        if newest == Self.none { oldest = position } else { entries[newest].newer = position }
        newest = position
    }
}
