/// A file of the repository as the rules see it.
struct SourceFile: Sendable {
    let path: String
    let bytes: [UInt8]
    /// The same bytes with everything that is no Swift code (comments, texts) blanked out; of other files as they are.
    let code: [UInt8]

    init(_ path: String, _ bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        code = path.hasSuffix(".swift") ? SwiftMask.code(of: bytes) : bytes
    }

    init(_ path: String, _ text: String) { self.init(path, Array(text.utf8)) }

    var isSwift: Bool { path.hasSuffix(".swift") }

    func hasSuffix(among suffixes: [String]) -> Bool { suffixes.contains { path.hasSuffix($0) } }

    func isBelow(_ folders: [String]) -> Bool { folders.contains { path.hasPrefix($0) } }

    /// The lines without their line feeds.
    var lines: [ArraySlice<UInt8>] { bytes.split(separator: 10, omittingEmptySubsequences: false) }

    /// The lines of the code alone.
    var codeLines: [ArraySlice<UInt8>] { code.split(separator: 10, omittingEmptySubsequences: false) }
}

extension SourceFile {
    /// Where the words stand, by line counted from 1. `inCode` leaves comments and texts of Swift out, `asWord` takes
    /// them only where no letter or digit stands beside them.
    func linesWith(_ words: String, inCode: Bool = false, asWord: Bool = false) -> [Int] {
        let text = inCode ? code : bytes
        let needle = Array(words.utf8)
        return text.withUnsafeBufferPointer { text in
            needle.withUnsafeBufferPointer { needle in
                var found: [Int] = []
                var line = 1
                var counted = 0
                for position in Search.positions(of: needle, in: text)
                where !asWord || Search.standsAlone(position, needle.count, text) {
                    while counted < position {
                        if text[counted] == 10 { line += 1 }
                        counted += 1
                    }
                    if found.last != line { found.append(line) }
                }
                return found
            }
        }
    }
}
