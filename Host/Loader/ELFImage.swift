/// What a shared library says of itself, read from its file without loading it. The input is untrusted.
struct ELFImage {
    /// `e_machine` of the ELF header; 62 is x86-64, 183 is aarch64.
    private(set) var machine: UInt16 = 0
    /// Names of the libraries it needs.
    private(set) var needed: [String] = []
    /// RPATH and RUNPATH entries.
    private(set) var runPaths: [String] = []
    /// Whether it wants its text relocated, which makes code pages writable.
    private(set) var hasTextRelocations = false
    /// Whether it asks for an executable stack; true also when it does not say, since the kernel then grants one.
    private(set) var hasExecutableStack = true
    /// Names of the symbols that it offers to others.
    private(set) var exports: [String] = []
    /// Descriptors of the notes named `Gantry`, type 1.
    private(set) var gantryNotes: [ArraySlice<UInt8>] = []

    /// Why a file is not a usable image.
    struct Malformed: Error {
        var message: String
    }

    private struct Segment {
        var type: UInt32
        var flags: UInt32
        var offset: UInt64
        var address: UInt64
        var fileSize: UInt64
    }

    /// The table of dynamic strings.
    private struct Names {
        var reader: ByteReader
        var start: UInt64

        func text(_ offset: UInt64) throws -> String {
            guard let text = reader.text(start &+ offset) else {
                throw Malformed(message: "A dynamic string lies outside the file.")
            }
            return text
        }
    }

    private let reader: ByteReader
    private var segments: [Segment] = []

    /// Reads the image; throws `Malformed`.
    init(_ bytes: [UInt8]) throws {
        reader = ByteReader(bytes: bytes)
        guard bytes.count >= 64, bytes[0..<4] == [0x7f, 0x45, 0x4c, 0x46] else {
            throw Malformed(message: "It does not begin like an ELF file.")
        }
        guard bytes[4] == 2, bytes[5] == 1 else { throw Malformed(message: "Only 64-bit little-endian is supported.") }
        guard reader.unsigned(16, as: UInt16.self) == 3 else { throw Malformed(message: "It is not a shared library.") }
        machine = reader.unsigned(18, as: UInt16.self) ?? 0
        try readSegments()
        for segment in segments {
            switch segment.type {
            case 2: try readDynamic(segment)
            case 4: readNotes(segment)
            case 0x6474_e551: hasExecutableStack = segment.flags & 1 != 0
            default: break
            }
        }
    }

    private mutating func readSegments() throws {
        guard let offset = reader.unsigned(32, as: UInt64.self), let size = reader.unsigned(54, as: UInt16.self),
            let count = reader.unsigned(56, as: UInt16.self), size >= 56
        else { throw Malformed(message: "The program headers cannot be read.") }
        for index in 0..<UInt64(count) {
            let (start, overflow) = offset.addingReportingOverflow(index * UInt64(size))
            guard !overflow, let type = reader.unsigned(start, as: UInt32.self),
                let flags = reader.unsigned(start &+ 4, as: UInt32.self),
                let fileOffset = reader.unsigned(start &+ 8, as: UInt64.self),
                let address = reader.unsigned(start &+ 16, as: UInt64.self),
                let fileSize = reader.unsigned(start &+ 32, as: UInt64.self)
            else { throw Malformed(message: "A program header lies outside the file.") }
            segments.append(
                Segment(type: type, flags: flags, offset: fileOffset, address: address, fileSize: fileSize))
        }
    }

    /// Where the byte that will be mapped at `address` stands in the file.
    private func fileOffset(_ address: UInt64) -> UInt64? {
        for segment in segments where segment.type == 1 && address >= segment.address {
            let distance = address - segment.address
            if distance < segment.fileSize {
                let (offset, overflow) = segment.offset.addingReportingOverflow(distance)
                return overflow ? nil : offset
            }
        }
        return nil
    }

    private mutating func readDynamic(_ segment: Segment) throws {
        var values: [UInt64: [UInt64]] = [:]
        var position = segment.offset
        while let tag = reader.unsigned(position, as: UInt64.self),
            let value = reader.unsigned(position &+ 8, as: UInt64.self), tag != 0,
            position &- segment.offset < segment.fileSize
        {
            values[tag, default: []].append(value)
            position &+= 16
        }
        guard let strings = values[5]?.first.flatMap(fileOffset) else {
            throw Malformed(message: "It has no table of dynamic strings.")
        }
        let names = Names(reader: reader, start: strings)
        // NEEDED, AUXILIARY and FILTER all make the linker load another library.
        needed = try [1, 0x7fff_fffd, 0x7fff_ffff].flatMap { values[$0] ?? [] }.map(names.text)
        // An empty part of a search path stands for the current folder; only a path that is empty as a whole does not.
        runPaths = try ((values[15] ?? []) + (values[29] ?? [])).map(names.text).filter { !$0.isEmpty }
            .flatMap { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
        hasTextRelocations = values[22] != nil || (values[30]?.contains { $0 & 4 != 0 } ?? false)
        guard let symbols = values[6]?.first.flatMap(fileOffset) else {
            throw Malformed(message: "It has no table of dynamic symbols.")
        }
        let count = try symbolCount(hash: values[4]?.first, gnuHash: values[0x6fff_fef5]?.first)
        try readExports(symbols: symbols, count: count, names: names)
    }

    /// The dynamic symbol table has no length of its own; the hash tables tell it.
    private func symbolCount(hash: UInt64?, gnuHash: UInt64?) throws -> UInt64 {
        if let table = hash.flatMap(fileOffset), let count = reader.unsigned(table &+ 4, as: UInt32.self) {
            return UInt64(count)
        }
        guard let table = gnuHash.flatMap(fileOffset), let buckets = reader.unsigned(table, as: UInt32.self),
            let first = reader.unsigned(table &+ 4, as: UInt32.self),
            let bloomWords = reader.unsigned(table &+ 8, as: UInt32.self)
        else { throw Malformed(message: "It has no hash table of symbols.") }
        let bucketStart = table &+ 16 &+ UInt64(bloomWords) * 8
        let chainStart = bucketStart &+ UInt64(buckets) * 4
        var last: UInt64 = 0
        for index in 0..<UInt64(buckets) {
            guard let value = reader.unsigned(bucketStart &+ index * 4, as: UInt32.self) else {
                throw Malformed(message: "The hash table of symbols lies outside the file.")
            }
            last = max(last, UInt64(value))
        }
        guard last >= UInt64(first) else { return UInt64(first) }
        while let value = reader.unsigned(chainStart &+ (last - UInt64(first)) * 4, as: UInt32.self) {
            last += 1
            if value & 1 == 1 { return last }
        }
        throw Malformed(message: "The hash table of symbols has no end.")
    }

    private mutating func readExports(symbols: UInt64, count: UInt64, names: Names) throws {
        for index in 0..<count {
            let start = symbols &+ index * 24
            guard let name = reader.unsigned(start, as: UInt32.self),
                let info = reader.unsigned(start &+ 4, as: UInt8.self),
                let other = reader.unsigned(start &+ 5, as: UInt8.self),
                let section = reader.unsigned(start &+ 6, as: UInt16.self)
            else { throw Malformed(message: "A symbol lies outside the file.") }
            let isGlobalOrWeak = (1...2).contains(info >> 4)
            let isVisible = other & 3 == 0 || other & 3 == 3
            // Section 0xfff1 holds absolute symbols: version names, not code.
            if section != 0, section != 0xfff1, isGlobalOrWeak, isVisible {
                exports.append(try names.text(UInt64(name)))
            }
        }
    }

    private mutating func readNotes(_ segment: Segment) {
        var position = segment.offset
        let (end, overflow) = segment.offset.addingReportingOverflow(segment.fileSize)
        guard !overflow else { return }
        while position < end, let nameSize = reader.unsigned(position, as: UInt32.self),
            let size = reader.unsigned(position &+ 4, as: UInt32.self),
            let type = reader.unsigned(position &+ 8, as: UInt32.self)
        {
            let descriptor = position &+ 12 &+ (UInt64(nameSize) &+ 3) / 4 * 4
            if type == 1, reader.slice(position &+ 12, UInt64(nameSize)).map(Array.init) == Array("Gantry\0".utf8),
                let content = reader.slice(descriptor, UInt64(size))
            {
                gantryNotes.append(content)
            }
            position = descriptor &+ (UInt64(size) &+ 3) / 4 * 4
        }
    }
}
