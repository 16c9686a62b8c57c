import GantryJSON
import Glibc

/// All compiled schemas of one document, in arenas that checking reads through raw pointers.
///
/// Sendable without a lock: everything is written in the initializer only and freed in deinit.
final class SchemaTable: @unchecked Sendable {
    let document: JSONDocument
    let policy: CheckPolicy
    let nodes: UnsafeMutablePointer<SchemaNode>
    private let entries: UnsafeMutablePointer<NameEntry>
    private let slots: UnsafeMutablePointer<UInt16>
    private let names: UnsafeMutablePointer<UInt8>
    private let lists: UnsafeMutablePointer<Int32>
    private let patterns: UnsafeMutablePointer<Unmanaged<Pattern>>
    private let patternCount: Int

    init(_ compiler: SchemaCompiler) {
        document = compiler.document
        policy = compiler.policy
        nodes = Self.copy(compiler.nodes)
        entries = Self.copy(compiler.names.entries)
        slots = Self.copy(compiler.names.slots)
        names = Self.copy(compiler.names.bytes)
        lists = Self.copy(compiler.lists)
        patterns = Self.copy(compiler.patterns.map { Unmanaged.passRetained($0) })
        patternCount = compiler.patterns.count
    }

    deinit {
        for index in 0..<patternCount { patterns[index].release() }
        nodes.deallocate()
        entries.deallocate()
        slots.deallocate()
        names.deallocate()
        lists.deallocate()
        patterns.deallocate()
    }

    /// What checking reads; valid as long as the table lives.
    var checker: SchemaChecker {
        SchemaChecker(
            nodes: nodes, entries: entries, slots: slots, names: names, lists: lists, patterns: patterns,
            literals: document.root,
            isClosed: policy.refusesUnknownMembers, trimsAll: policy.trimming == .all)
    }

    private static func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let start = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
        start.initialize(from: elements, count: elements.count)
        return start
    }
}

/// Builds the hash tables of names.
struct NameArena {
    private(set) var entries: [NameEntry] = []
    private(set) var slots: [UInt16] = []
    private(set) var bytes: [UInt8] = []

    /// Adds a table of distinct names; the entries keep their order.
    mutating func add(_ names: [(name: String, schema: SchemaIndex, isRequired: Bool, isTrimmed: Bool)]) -> NameTable {
        var capacity = 4
        while capacity < names.count * 2 { capacity *= 2 }
        let table = NameTable(
            slots: UInt32(slots.count), mask: UInt32(capacity - 1), entries: UInt32(entries.count),
            count: UInt32(names.count))
        slots += [UInt16](repeating: 0, count: capacity)
        for (position, entry) in names.enumerated() {
            let name = Array(entry.name.utf8)
            var slot = name.withUnsafeBufferPointer { Int(Self.hash($0) & table.mask) }
            while slots[Int(table.slots) + slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[Int(table.slots) + slot] = UInt16(position + 1)
            entries.append(
                NameEntry(
                    nameOffset: UInt32(bytes.count), nameLength: UInt32(name.count), schema: entry.schema,
                    isRequired: entry.isRequired, isTrimmed: entry.isTrimmed))
            bytes += name
        }
        return table
    }

    /// A hash of the length and the first and last eight bytes, which tell names of one schema apart.
    @inline(__always)
    static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let count = name.count
        guard count > 0, let base = name.baseAddress.map(UnsafeRawPointer.init) else { return 0 }
        let head: UInt64
        let tail: UInt64
        if count >= 8 {
            head = base.loadUnaligned(as: UInt64.self)
            tail = base.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else if count >= 4 {
            head = UInt64(base.loadUnaligned(as: UInt32.self))
            tail = UInt64(base.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        } else {
            head = UInt64(name[0]) << 8 | UInt64(name[count / 2])
            tail = UInt64(name[count - 1])
        }
        let mixed = (head ^ (tail << 29 | tail >> 35) ^ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15
        return UInt32(truncatingIfNeeded: mixed >> 32) ^ UInt32(truncatingIfNeeded: mixed >> 52)
    }
}
