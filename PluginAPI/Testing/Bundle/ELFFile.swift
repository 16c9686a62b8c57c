import Glibc

/// As much of ELF (64 bits, little endian) as the check needs; sizes and offsets are not trusted.
package struct ELFFile {
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
    private let segments: [(type: Int, flags: Int)]

    /// A name that the file defines for others.
    package struct Export {
        /// Its name.
        package let name: String
        /// Whether it can be called.
        package let isFunction: Bool
    }

    /// Reads the file. Throws `TestFailure`.
    package init(_ path: String) throws {
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
            throw TestFailure("\(path) is no ELF file of 64 bits")
        }
        self.bytes = bytes
        let table = Self.number(bytes, 40, 8)
        let (size, count) = (Self.number(bytes, 58, 2), Self.number(bytes, 60, 2))
        names = Self.number(bytes, 62, 2)
        let (first, width) = (Self.number(bytes, 32, 8), Self.number(bytes, 54, 2))
        segments = (0..<Self.number(bytes, 56, 2)).map { index in
            (Self.number(bytes, first + index * width, 4), Self.number(bytes, first + index * width + 4, 4))
        }
        sections = (0..<count).map { index in
            let start = table + index * size
            return Section(
                name: Self.number(bytes, start, 4), type: UInt32(truncatingIfNeeded: Self.number(bytes, start + 4, 4)),
                offset: Self.number(bytes, start + 24, 8), size: Self.number(bytes, start + 32, 8),
                link: Self.number(bytes, start + 40, 4))
        }
    }

    /// The four bytes at `offset`, 0 beyond the end.
    package func word(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: Self.number(bytes, offset, 4)) }

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

    package func section(_ name: String) -> ArraySlice<UInt8> {
        guard names < sections.count else { return [] }
        return sections.first { text(sections[names], $0.name) == name }.map(content) ?? []
    }

    /// The names that the file defines for others.
    package func exports() -> [Export] {
        symbols { start, name in
            let visibility = bytes[start + 5] & 3
            guard Self.number(bytes, start + 6, 2) != 0, visibility != 1, visibility != 2 else { return nil }
            // Linkers define these in every file.
            if ["_init", "_fini", "__bss_start", "_edata", "_end"].contains(name) { return nil }
            return Export(name: name, isFunction: bytes[start + 4] & 15 == 2)
        }
    }

    /// The names that others must define.
    package func imports() -> [String] {
        symbols { start, name in
            let isWeak = bytes[start + 4] >> 4 == 2
            return Self.number(bytes, start + 6, 2) == 0 && !isWeak && !name.isEmpty ? name : nil
        }
    }

    private func symbols<Result>(_ body: (Int, String) -> Result?) -> [Result] {
        guard let symbols = sections.first(where: { $0.type == 11 }), symbols.link < sections.count else { return [] }
        let content = content(symbols)
        return stride(from: content.startIndex, to: content.endIndex - 23, by: 24).compactMap { start in
            guard bytes[start + 4] >> 4 != 0 else { return nil }
            return body(start, text(sections[symbols.link], Self.number(bytes, start, 4)))
        }
    }

    /// RPATH and RUNPATH.
    package func searchPaths() -> [String] {
        dynamicTexts([15, 29]).flatMap { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
    }

    /// The libraries that are loaded with it, also as its filters.
    package func needed() -> [String] { dynamicTexts([1, 0x7FFF_FFFD, 0x7FFF_FFFF]) }

    package var hasTextRelocations: Bool {
        dynamic.contains { $0.tag == 22 || $0.tag == 30 && $0.value & 4 != 0 }
    }

    package var hasExecutableStack: Bool { segments.contains { $0.type == 0x6474_E551 && $0.flags & 1 != 0 } }

    package var hasWritableCode: Bool { segments.contains { $0.type == 1 && $0.flags & 3 == 3 } }

    /// Whether it is linked so that its symbols go before those of others, or serve all.
    package var isGlobal: Bool { dynamic.contains { $0.tag == 0x6FFF_FFFB && $0.value & 0x402 != 0 } }

    private func dynamicTexts(_ tags: Set<Int>) -> [String] {
        guard let section = sections.first(where: { $0.type == 6 }), section.link < sections.count else { return [] }
        return dynamic.filter { tags.contains($0.tag) }.map { text(sections[section.link], $0.value) }
    }

    private var dynamic: [(tag: Int, value: Int)] {
        guard let section = sections.first(where: { $0.type == 6 }) else { return [] }
        let content = content(section)
        return stride(from: content.startIndex, to: content.endIndex - 15, by: 16).map { start in
            (Self.number(bytes, start, 8), Self.number(bytes, start + 8, 8))
        }
    }
}
