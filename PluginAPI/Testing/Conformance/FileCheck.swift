import CGantry
import GantryKitTesting
import Glibc

/// What can be seen in a library's file without loading it.
enum FileCheck {
    static func run(_ subject: Subject) throws {
        let elf = try ELFFile(subject.library)
        let exports = try elf.exports()
        guard exports.contains("gantry_entry_v1") else { throw Fault("the file exports no gantry_entry_v1") }
        let others = exports.filter { $0 != "gantry_entry_v1" }
        guard others.isEmpty else {
            throw Fault(
                "the file exports \(others.count) names more (\(others.prefix(3).joined(separator: ", "))): "
                    + "link with --version-script=gantry.map")
        }
        let note = try elf.section(".note.gantry")
        guard note.count >= MemoryLayout<gantry_note_v1>.size else {
            throw Fault("there is no note: write GANTRY_MODULE_NOTE once, or link the kit")
        }
        let (minimum, maximum) = (elf.word(note.startIndex + 24), elf.word(note.startIndex + 28))
        guard minimum <= UInt32(GANTRY_INTERFACE_MAXIMUM), maximum >= UInt32(GANTRY_INTERFACE_MINIMUM) else {
            throw Fault("the note names interface \(minimum) to \(maximum), this host speaks another")
        }
        for path in try elf.searchPaths() where !path.hasPrefix("$ORIGIN") {
            throw Fault("the file looks for libraries in \(path): link without an absolute run path")
        }
    }
}

/// As much of ELF (64 bits, little endian) as the check needs; sizes and offsets are not trusted.
struct ELFFile {
    private let bytes: [UInt8]
    private struct Section {
        let name: Int
        let type: UInt32
        let offset: Int
        let size: Int
        let link: Int
    }
    private let sections: [Section]
    private let names: Int

    init(_ path: String) throws {
        guard let file = fopen(path, "r") else { throw TestFailure("\(path): \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        guard bytes.count > 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            throw Fault("\(path) is no ELF file of 64 bits")
        }
        self.bytes = bytes
        let table = Self.number(bytes, 40, 8)
        let (size, count) = (Self.number(bytes, 58, 2), Self.number(bytes, 60, 2))
        names = Self.number(bytes, 62, 2)
        sections = (0..<count).map { index in
            let start = table + index * size
            return Section(
                name: Self.number(bytes, start, 4), type: UInt32(truncatingIfNeeded: Self.number(bytes, start + 4, 4)),
                offset: Self.number(bytes, start + 24, 8), size: Self.number(bytes, start + 32, 8),
                link: Self.number(bytes, start + 40, 4))
        }
    }

    func word(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: Self.number(bytes, offset, 4)) }

    /// Bytes beyond the end read as 0.
    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        guard offset >= 0, offset <= bytes.count - count else { return 0 }
        var value: UInt64 = 0
        for index in (0..<count).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
        return Int(clamping: value)
    }

    private func content(_ section: Section) -> ArraySlice<UInt8> {
        guard section.offset >= 0, section.offset <= bytes.count, section.size <= bytes.count - section.offset else {
            return []
        }
        return bytes[section.offset..<section.offset + section.size]
    }

    private func text(_ section: Section, _ offset: Int) -> String {
        let content = content(section)
        guard offset >= 0, offset < content.count else { return "" }
        return String(decoding: content.dropFirst(offset).prefix { $0 != 0 }, as: UTF8.self)
    }

    func section(_ name: String) throws -> ArraySlice<UInt8> {
        guard names < sections.count else { return [] }
        return sections.first { text(sections[names], $0.name) == name }.map(content) ?? []
    }

    /// The names that the file defines for others.
    func exports() throws -> [String] {
        guard let symbols = sections.first(where: { $0.type == 11 }), symbols.link < sections.count else { return [] }
        let content = content(symbols)
        return stride(from: content.startIndex, to: content.endIndex - 23, by: 24).compactMap { start in
            let (binding, visibility) = (bytes[start + 4] >> 4, bytes[start + 5] & 3)
            let section = Self.number(bytes, start + 6, 2)
            guard binding != 0, section != 0, visibility != 1, visibility != 2 else { return nil }
            let name = text(sections[symbols.link], Self.number(bytes, start, 4))
            // Linkers define these in every file.
            return ["_init", "_fini", "__bss_start", "_edata", "_end"].contains(name) ? nil : name
        }
    }

    /// RPATH and RUNPATH.
    func searchPaths() throws -> [String] {
        guard let dynamic = sections.first(where: { $0.type == 6 }), dynamic.link < sections.count else { return [] }
        let content = content(dynamic)
        return stride(from: content.startIndex, to: content.endIndex - 15, by: 16).flatMap { start -> [String] in
            guard [15, 29].contains(Self.number(bytes, start, 8)) else { return [] }
            let paths = text(sections[dynamic.link], Self.number(bytes, start + 8, 8))
            return paths.split(separator: ":").map(String.init)
        }
    }
}
