/// The frame of an ELF file: its kind, its segments, and where mapped addresses stand in the file. The input is
/// untrusted; what could be read in two ways is refused, so that this reader and the dynamic linker see the same.
struct ELFFile {
    /// Why a file is not a usable image.
    struct Malformed: Error {
        var message: String
    }

    /// A stretch of the file that the program headers speak of.
    struct Segment {
        var type: UInt32
        var flags: UInt32
        var offset: UInt64
        var address: UInt64
        var fileSize: UInt64
        var memorySize: UInt64
    }

    /// A stretch of the file that the section headers speak of.
    struct Section {
        var name: String
        var address: UInt64
        var size: UInt64
    }

    /// Types of segments.
    static let loaded: UInt32 = 1
    static let dynamic: UInt32 = 2
    static let note: UInt32 = 4
    static let stack: UInt32 = 0x6474_e551
    /// Flags of segments.
    static let executable: UInt32 = 1
    static let writable: UInt32 = 2
    /// Segments are mapped by pages, and pages are at least this large.
    private static let pageBytes: UInt64 = 4096
    /// More than any linker writes.
    private static let maximumSegments = 256
    private static let maximumSections = 65536

    let reader: ByteReader
    /// `e_machine`; 62 is x86-64, 183 is aarch64.
    let machine: UInt16
    private(set) var segments: [Segment] = []

    /// Reads the headers; throws `Malformed`.
    init(_ bytes: [UInt8]) throws {
        reader = ByteReader(bytes: bytes)
        guard bytes.count >= 64, bytes[0..<4] == [0x7f, 0x45, 0x4c, 0x46] else {
            throw Malformed(message: "It does not begin like an ELF file.")
        }
        guard bytes[4] == 2, bytes[5] == 1 else { throw Malformed(message: "Only 64-bit little-endian is supported.") }
        guard reader.unsigned(16, as: UInt16.self) == 3 else { throw Malformed(message: "It is not a shared library.") }
        machine = reader.unsigned(18, as: UInt16.self) ?? 0
        try readSegments()
        try checkMapping()
    }

    private mutating func readSegments() throws {
        guard let offset = reader.unsigned(32, as: UInt64.self), let size = reader.unsigned(54, as: UInt16.self),
            let count = reader.unsigned(56, as: UInt16.self), size == 56, count <= Self.maximumSegments
        else { throw Malformed(message: "The program headers cannot be read.") }
        for index in 0..<UInt64(count) {
            let (start, overflow) = offset.addingReportingOverflow(index * UInt64(size))
            guard !overflow, let type = reader.unsigned(start, as: UInt32.self),
                let flags = reader.unsigned(start &+ 4, as: UInt32.self),
                let fileOffset = reader.unsigned(start &+ 8, as: UInt64.self),
                let address = reader.unsigned(start &+ 16, as: UInt64.self),
                let fileSize = reader.unsigned(start &+ 32, as: UInt64.self),
                let memorySize = reader.unsigned(start &+ 40, as: UInt64.self)
            else { throw Malformed(message: "A program header lies outside the file.") }
            segments.append(
                Segment(
                    type: type, flags: flags, offset: fileOffset, address: address, fileSize: fileSize,
                    memorySize: memorySize))
        }
    }

    /// Two segments on one page would be mapped over each other, and what counts would depend on the order.
    private func checkMapping() throws {
        var end: UInt64 = 0
        for segment in segments where segment.type == Self.loaded {
            let (memoryEnd, overflow) = segment.address.addingReportingOverflow(segment.memorySize)
            let first = segment.address / Self.pageBytes
            guard !overflow, memoryEnd < 1 << 47, segment.fileSize <= segment.memorySize, first >= end,
                reader.slice(segment.offset, segment.fileSize) != nil
            else { throw Malformed(message: "Its segments overlap, or do not lie in the file.") }
            end = (memoryEnd + Self.pageBytes - 1) / Self.pageBytes
        }
    }

    /// Where the byte that will be mapped at `address` stands in the file.
    func fileOffset(_ address: UInt64) -> UInt64? {
        for segment in segments where segment.type == Self.loaded && address >= segment.address {
            let distance = address - segment.address
            if distance < segment.fileSize { return segment.offset + distance }
        }
        return nil
    }

    /// The sections, which a library need not have; empty when they cannot be read.
    func sections() -> [Section] {
        guard let offset = reader.unsigned(40, as: UInt64.self), let size = reader.unsigned(58, as: UInt16.self),
            let count = reader.unsigned(60, as: UInt16.self), let namesIndex = reader.unsigned(62, as: UInt16.self),
            size == 64, offset != 0, offset < UInt64(reader.bytes.count), count <= Self.maximumSections,
            let names = reader.unsigned(offset + UInt64(namesIndex) * 64 + 24, as: UInt64.self)
        else { return [] }
        return (0..<UInt64(count)).compactMap { index in
            let start = offset + index * 64
            guard let name = reader.unsigned(start, as: UInt32.self),
                let address = reader.unsigned(start + 16, as: UInt64.self),
                let size = reader.unsigned(start + 32, as: UInt64.self),
                let text = reader.text(names &+ UInt64(name), maximumBytes: 256)
            else { return nil }
            return Section(name: text, address: address, size: size)
        }
    }
}
