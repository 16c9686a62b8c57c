/// The C types that a Swift library uses, with their layouts, read from its file. Swift keeps one description of each C
/// type for the whole process, by its tag: the first library that brings it decides how large it is for all others.
/// So two libraries on one runtime that mean different things by one tag corrupt memory, and must not meet.
///
/// The compiler writes a record for each C struct, union and enumeration that needs a description at run time into the
/// section `swift5_builtin`: a reference to the type's descriptor, then size, alignment and stride.
struct ForeignTypes {
    /// How much room values of a type take.
    struct Layout: Equatable, CustomStringConvertible {
        var size: UInt32
        var alignment: UInt16
        var stride: UInt32

        var description: String { "\(size) bytes aligned to \(alignment)" }
    }

    /// By tag.
    private(set) var layouts: [String: Layout] = [:]
    /// Whether the file lets its types be seen: false for one that has lost its section headers.
    let isReadable: Bool

    private static let recordBytes: UInt64 = 20
    /// More than any library has; a file's headers could name one section over and over.
    private static let maximumRecords: UInt64 = 100_000
    /// Kind of a module's context descriptor, and the name of the module that C types belong to.
    private static let moduleKind: UInt32 = 0
    private static let moduleName = "__C"
    private static let hasImportInformation: UInt32 = 1 << 18

    /// Reads the records; throws `ELFFile.Malformed`.
    init(_ file: ELFFile) throws {
        let sections = file.sections()
        isReadable = !sections.isEmpty
        var remaining = Self.maximumRecords
        for section in sections where section.name == "swift5_builtin" {
            let count = section.size / Self.recordBytes
            guard count <= remaining else { throw ELFFile.Malformed(message: "It has too many records of types.") }
            remaining -= count
            for index in 0..<count { read(file, section.address &+ index * Self.recordBytes) }
        }
    }

    private mutating func read(_ file: ELFFile, _ address: UInt64) {
        guard let record = file.fileOffset(address), let size = file.reader.unsigned(record &+ 4, as: UInt32.self),
            let alignment = file.reader.unsigned(record &+ 8, as: UInt16.self),
            let stride = file.reader.unsigned(record &+ 12, as: UInt32.self),
            let name = Self.target(file, address), let nameOffset = file.fileOffset(name),
            // A reference to a descriptor in this very library; types of others are not described here.
            file.reader.unsigned(nameOffset, as: UInt8.self) == 1,
            let descriptor = Self.target(file, name &+ 1), let tag = Self.tag(file, descriptor)
        else { return }
        layouts[tag] = Layout(size: size, alignment: alignment, stride: stride)
    }

    /// The tag of a C type's descriptor; nil for types of Swift.
    private static func tag(_ file: ELFFile, _ descriptor: UInt64) -> String? {
        guard let parent = target(file, descriptor &+ 4), let parentOffset = file.fileOffset(parent),
            let parentFlags = file.reader.unsigned(parentOffset, as: UInt32.self), parentFlags & 31 == moduleKind,
            text(file, at: parent &+ 8) == moduleName,
            let flags = file.fileOffset(descriptor).flatMap({ file.reader.unsigned($0, as: UInt32.self) }),
            let name = text(file, at: descriptor &+ 8)
        else { return nil }
        guard flags & hasImportInformation != 0, let start = target(file, descriptor &+ 8).flatMap(file.fileOffset),
            let more = file.reader.text(start &+ UInt64(name.utf8.count) &+ 1)
        else { return name }
        // Tells, for instance, the name of a type definition from the tag of a struct.
        return "\(name) (\(more))"
    }

    private static func text(_ file: ELFFile, at address: UInt64) -> String? {
        target(file, address).flatMap(file.fileOffset).flatMap { file.reader.text($0) }
    }

    /// Where the relative reference that stands at `address` leads.
    private static func target(_ file: ELFFile, _ address: UInt64) -> UInt64? {
        guard let offset = file.fileOffset(address), let distance = file.reader.unsigned(offset, as: UInt32.self) else {
            return nil
        }
        return address &+ UInt64(bitPattern: Int64(Int32(bitPattern: distance)))
    }
}

extension ForeignTypes {
    /// A tag that two libraries mean differently.
    struct Clash {
        var tag: String
        var own: Layout
        var other: Layout
    }

    /// The first tag, by name, that stands for something else in `other`.
    func clash(with other: ForeignTypes) -> Clash? {
        layouts.sorted { $0.key < $1.key }.lazy.compactMap { tag, own in
            other.layouts[tag].flatMap { $0 == own ? nil : Clash(tag: tag, own: own, other: $0) }
        }.first
    }
}
