/// What a shared library says of itself, read from its file without loading it. The input is untrusted.
struct ELFImage {
    typealias Malformed = ELFFile.Malformed

    /// A symbol that it offers to others.
    struct Export {
        var name: String
        var isFunction: Bool
    }

    /// A symbol that it wants from another library.
    struct Import: Hashable {
        var name: String
        /// The version that it was linked against; nil when any will do.
        var version: String?
        /// Whether it runs without the symbol too.
        var isOptional: Bool
    }

    /// The names of the interface that the linker itself acts on.
    private enum Tag {
        static let needed: UInt64 = 1
        static let strings: UInt64 = 5
        static let runPathOld: UInt64 = 15
        static let textRelocations: UInt64 = 22
        static let runPath: UInt64 = 29
        static let flags: UInt64 = 30
        static let auxiliary: UInt64 = 0x7fff_fffd
        static let filter: UInt64 = 0x7fff_ffff
        static let flagsOne: UInt64 = 0x6fff_fffb
    }

    let file: ELFFile
    /// Names of the libraries it needs.
    private(set) var needed: [String] = []
    /// RPATH and RUNPATH entries.
    private(set) var runPaths: [String] = []
    /// Whether it wants its text relocated, which makes code pages writable.
    private(set) var hasTextRelocations = false
    /// Whether it asks for an executable stack; true also when it does not say, since the kernel then grants one.
    private(set) var hasExecutableStack = true
    /// Whether it has memory that is both writable and executable.
    private(set) var hasWritableCode = false
    /// Whether it asks to be searched for the symbols of all others.
    private(set) var isGlobal = false
    /// The symbols that it offers to others; the first few of many.
    var exports: [Export] = []
    /// The symbols that it wants from others.
    var imports: [Import] = []
    /// Descriptors of the notes named `Gantry`, type 1.
    private(set) var gantryNotes: [ArraySlice<UInt8>] = []
    /// The first values of the dynamic section's entries by tag.
    private(set) var values: [UInt64: UInt64] = [:]

    /// Reads the image; throws `Malformed`.
    init(_ bytes: [UInt8]) throws {
        file = try ELFFile(bytes)
        for segment in file.segments {
            switch segment.type {
            case ELFFile.loaded:
                let both = ELFFile.writable | ELFFile.executable
                if segment.flags & both == both { hasWritableCode = true }
            case ELFFile.note: try readNotes(segment)
            case ELFFile.stack: hasExecutableStack = segment.flags & ELFFile.executable != 0
            default: break
            }
        }
        let dynamic = file.segments.filter { $0.type == ELFFile.dynamic }
        guard let segment = dynamic.first, dynamic.count == 1 else {
            throw Malformed(message: "It has no dynamic section, or several.")
        }
        try readDynamic(segment)
        try readSymbols()
    }

    private mutating func readDynamic(_ segment: ELFFile.Segment) throws {
        // The linker reads what is mapped at the address, whatever the offset says.
        guard let start = file.fileOffset(segment.address), start == segment.offset else {
            throw Malformed(message: "Its dynamic section is not where it is mapped.")
        }
        var lists: [UInt64: [UInt64]] = [:]
        var position: UInt64 = 0
        while true {
            guard position + 16 <= segment.fileSize,
                let tag = file.reader.unsigned(start &+ position, as: UInt64.self),
                let value = file.reader.unsigned(start &+ position &+ 8, as: UInt64.self)
            else { throw Malformed(message: "Its dynamic section has no end.") }
            if tag == 0 { break }
            lists[tag, default: []].append(value)
            position += 16
        }
        let repeatable = [Tag.needed, Tag.auxiliary, Tag.filter, Tag.runPath, Tag.runPathOld]
        for (tag, list) in lists {
            guard list.count == 1 || repeatable.contains(tag) else {
                throw Malformed(message: "Its dynamic section says two things under tag \(tag).")
            }
            values[tag] = list.first
        }
        // NEEDED, AUXILIARY and FILTER all make the linker load another library.
        needed = try texts([Tag.needed, Tag.auxiliary, Tag.filter], lists)
        // An empty part of a search path stands for the current folder; only a path that is empty as a whole does not.
        runPaths = try texts([Tag.runPathOld, Tag.runPath], lists).filter { !$0.isEmpty }
            .flatMap { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
        hasTextRelocations = values[Tag.textRelocations] != nil || (values[Tag.flags] ?? 0) & 4 != 0
        // DF_1_GLOBAL and DF_1_INTERPOSE.
        isGlobal = (values[Tag.flagsOne] ?? 0) & 0x402 != 0
    }

    private func texts(_ tags: [UInt64], _ lists: [UInt64: [UInt64]]) throws -> [String] {
        let names = try strings()
        let offsets = tags.flatMap { lists[$0] ?? [] }
        guard offsets.count <= 1000 else { throw Malformed(message: "It needs \(offsets.count) libraries.") }
        return try offsets.map { try text(names &+ $0) }
    }

    /// Where the table of dynamic strings begins in the file.
    func strings() throws -> UInt64 {
        guard let strings = values[Tag.strings].flatMap(file.fileOffset) else {
            throw Malformed(message: "It has no table of dynamic strings.")
        }
        return strings
    }

    /// A dynamic string.
    func text(_ offset: UInt64) throws -> String {
        guard let text = file.reader.text(offset, maximumBytes: 65536) else {
            throw Malformed(message: "A dynamic string lies outside the file.")
        }
        return text
    }

    private mutating func readNotes(_ segment: ELFFile.Segment) throws {
        let (end, overflow) = segment.offset.addingReportingOverflow(segment.fileSize)
        guard !overflow, file.reader.slice(segment.offset, segment.fileSize) != nil, segment.fileSize <= 1 << 20 else {
            throw Malformed(message: "Its notes do not lie in the file.")
        }
        var position = segment.offset
        while position < end, let nameSize = file.reader.unsigned(position, as: UInt32.self),
            let size = file.reader.unsigned(position &+ 4, as: UInt32.self),
            let type = file.reader.unsigned(position &+ 8, as: UInt32.self)
        {
            let descriptor = position &+ 12 &+ (UInt64(nameSize) &+ 3) / 4 * 4
            if type == 1, nameSize == 7,
                file.reader.slice(position &+ 12, UInt64(nameSize)).map(Array.init) == Array("Gantry\0".utf8),
                let content = file.reader.slice(descriptor, UInt64(size))
            {
                gantryNotes.append(content)
            }
            position = descriptor &+ (UInt64(size) &+ 3) / 4 * 4
        }
    }
}
