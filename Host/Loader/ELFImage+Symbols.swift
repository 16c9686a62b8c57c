extension ELFImage {
    /// Tags of the dynamic section that lead to symbols.
    private enum Tag {
        static let jumpRelocationBytes: UInt64 = 2
        static let hash: UInt64 = 4
        static let symbols: UInt64 = 6
        static let relocations: UInt64 = 7
        static let relocationBytes: UInt64 = 8
        static let jumpRelocations: UInt64 = 23
        static let gnuHash: UInt64 = 0x6fff_fef5
        static let symbolVersions: UInt64 = 0x6fff_fff0
        static let neededVersions: UInt64 = 0x6fff_fffe
        static let neededVersionCount: UInt64 = 0x6fff_ffff
    }

    private static let symbolBytes: UInt64 = 24
    private static let relocationBytes: UInt64 = 24
    private static let maximumSymbols: UInt64 = 1 << 20
    /// Many symbols may share one long name, so that a small file could stand for endless text.
    private static let maximumNameBytes = 64 << 20
    private static let keptExports = 64

    /// Fills in imports and exports.
    mutating func readSymbols() throws {
        guard let start = values[Tag.symbols].flatMap(file.fileOffset) else {
            throw Malformed(message: "It has no table of dynamic symbols.")
        }
        let count = try symbolCount()
        guard count <= Self.maximumSymbols else { throw Malformed(message: "It has \(count) dynamic symbols.") }
        let names = try strings()
        let versions = try neededVersions(names)
        let symbolVersions = values[Tag.symbolVersions].flatMap(file.fileOffset)
        var nameBytes = 0
        for index in 1..<max(1, count) {
            let position = start &+ index * Self.symbolBytes
            guard let name = file.reader.unsigned(position, as: UInt32.self),
                let information = file.reader.unsigned(position &+ 4, as: UInt8.self),
                let other = file.reader.unsigned(position &+ 5, as: UInt8.self),
                let section = file.reader.unsigned(position &+ 6, as: UInt16.self)
            else { throw Malformed(message: "A symbol lies outside the file.") }
            // Global, weak, and unique in the process.
            let binding = information >> 4
            guard binding == 1 || binding == 2 || binding == 10, name != 0 else { continue }
            let text = try text(names &+ UInt64(name))
            nameBytes += text.utf8.count
            guard nameBytes <= Self.maximumNameBytes else {
                throw Malformed(message: "Its symbols' names are endless.")
            }
            if section == 0 {
                let version = symbolVersions.flatMap { file.reader.unsigned($0 &+ index * 2, as: UInt16.self) }
                imports.append(
                    Import(name: text, version: version.flatMap { versions[$0 & 0x7fff] }, isOptional: binding == 2))
            } else if section != 0xfff1, other & 3 == 0 || other & 3 == 3, exports.count < Self.keptExports {
                // Section 0xfff1 holds absolute symbols: version names, not code.
                exports.append(Export(name: text, isFunction: information & 15 == 2))
            }
        }
    }

    /// The dynamic symbol table has no length of its own; the hash tables and the relocations tell it. The linker may
    /// use any of them, so the greatest counts.
    private func symbolCount() throws -> UInt64 {
        var count: UInt64?
        if let hash = values[Tag.hash] {
            guard let table = file.fileOffset(hash), let chain = file.reader.unsigned(table &+ 4, as: UInt32.self)
            else { throw Malformed(message: "The hash table of symbols lies outside the file.") }
            count = UInt64(chain)
        }
        if let hash = values[Tag.gnuHash] {
            guard let table = file.fileOffset(hash) else {
                throw Malformed(message: "The hash table of symbols lies outside the file.")
            }
            count = max(count ?? 0, try hashedCount(table))
        }
        guard let count else { throw Malformed(message: "It has no hash table of symbols.") }
        return max(
            count, try relocatedCount(Tag.relocations, Tag.relocationBytes),
            try relocatedCount(Tag.jumpRelocations, Tag.jumpRelocationBytes))
    }

    private func hashedCount(_ table: UInt64) throws -> UInt64 {
        guard let buckets = file.reader.unsigned(table, as: UInt32.self),
            let first = file.reader.unsigned(table &+ 4, as: UInt32.self),
            let bloomWords = file.reader.unsigned(table &+ 8, as: UInt32.self)
        else { throw Malformed(message: "The hash table of symbols lies outside the file.") }
        let bucketStart = table &+ 16 &+ UInt64(bloomWords) * 8
        let chainStart = bucketStart &+ UInt64(buckets) * 4
        var last: UInt64 = 0
        for index in 0..<UInt64(buckets) {
            guard let value = file.reader.unsigned(bucketStart &+ index * 4, as: UInt32.self) else {
                throw Malformed(message: "The hash table of symbols lies outside the file.")
            }
            last = max(last, UInt64(value))
        }
        guard last >= UInt64(first) else { return UInt64(first) }
        while let value = file.reader.unsigned(chainStart &+ (last - UInt64(first)) * 4, as: UInt32.self) {
            last += 1
            if value & 1 == 1 { return last }
        }
        throw Malformed(message: "The hash table of symbols has no end.")
    }

    private func relocatedCount(_ startTag: UInt64, _ sizeTag: UInt64) throws -> UInt64 {
        guard let address = values[startTag], let size = values[sizeTag], size > 0 else { return 0 }
        guard let start = file.fileOffset(address), file.reader.slice(start, size) != nil else {
            throw Malformed(message: "Its relocations lie outside the file.")
        }
        var count: UInt64 = 0
        for position in stride(from: start, to: start + size, by: Int(Self.relocationBytes)) {
            guard let symbol = file.reader.unsigned(position &+ 12, as: UInt32.self) else { break }
            count = max(count, UInt64(symbol) + 1)
        }
        return count
    }

    /// The names of versions that it needs of others, by the number that stands in its table of symbols' versions.
    private func neededVersions(_ names: UInt64) throws -> [UInt16: String] {
        guard let address = values[Tag.neededVersions], let count = values[Tag.neededVersionCount] else { return [:] }
        guard count <= 1000, var entry = file.fileOffset(address) else {
            throw Malformed(message: "Its table of needed versions cannot be read.")
        }
        var versions: [UInt16: String] = [:]
        var total = 0
        for _ in 0..<count {
            guard let parts = file.reader.unsigned(entry &+ 2, as: UInt16.self),
                let first = file.reader.unsigned(entry &+ 8, as: UInt32.self),
                let next = file.reader.unsigned(entry &+ 12, as: UInt32.self)
            else { throw Malformed(message: "Its table of needed versions cannot be read.") }
            total += Int(parts)
            guard total <= 10_000 else { throw Malformed(message: "It needs \(total) versions of symbols.") }
            var part = entry &+ UInt64(first)
            for _ in 0..<parts {
                guard let number = file.reader.unsigned(part &+ 6, as: UInt16.self),
                    let name = file.reader.unsigned(part &+ 8, as: UInt32.self),
                    let step = file.reader.unsigned(part &+ 12, as: UInt32.self)
                else { throw Malformed(message: "Its table of needed versions cannot be read.") }
                versions[number & 0x7fff] = try text(names &+ UInt64(name))
                if step == 0 { break }
                part &+= UInt64(step)
            }
            if next == 0 { break }
            entry &+= UInt64(next)
        }
        return versions
    }
}
