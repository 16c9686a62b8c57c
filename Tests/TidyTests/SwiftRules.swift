/// Rules for Swift.
enum SwiftRules {
    static let maximumFunctionLines = 70
    static let maximumFileLines = 500

    static func fileLength(_ file: SourceFile) -> [Breach] {
        guard file.isSwift else { return [] }
        let count = file.bytes.count { $0 == 10 }
        guard count > maximumFileLines else { return [] }
        return [Breach(path: file.path, line: count, message: "\(count) lines, at most \(maximumFileLines)")]
    }

    static func functionLength(_ file: SourceFile) -> [Breach] {
        guard file.isSwift else { return [] }
        return FunctionScanner.functions(in: file).compactMap { function in
            guard function.lineCount > maximumFunctionLines else { return nil }
            return Breach(path: file.path, line: function.line, message: "a function of \(function.lineCount) lines")
        }
    }

    static func forceTry(_ file: SourceFile) -> [Breach] {
        guard file.isSwift else { return [] }
        return file.linesWith("try" + "!", inCode: true).map {
            Breach(path: file.path, line: $0, message: "an error would end the process")
        }
    }

    /// What the compiler is told to believe needs a reason within three lines.
    static func uncheckedConcurrency(_ file: SourceFile) -> [Breach] {
        guard file.isSwift else { return [] }
        let words = ["@unchecked Sendable", "nonisolated(unsafe)"]
        let hits = words.flatMap { file.linesWith($0, inCode: true) }
        guard !hits.isEmpty else { return [] }
        let comments = Set(file.linesWith("//"))
        return hits.filter { line in !(line - 3...line + 3).contains { comments.contains($0) } }.map {
            Breach(path: file.path, line: $0, message: "no comment names the guard")
        }
    }

    /// ThreadSanitizer cannot see into the standard library's lock. Modules may use it: they have no other.
    static func locks(_ file: SourceFile) -> [Breach] {
        guard file.isSwift, file.isBelow(["Host/", "Tests/"]) else { return [] }
        return file.linesWith("Mutex", inCode: true, asWord: true).map {
            Breach(path: file.path, line: $0, message: "use Lock of GantryThreads instead of Mutex")
        }
    }
}

/// Finds functions and where they end, by their braces.
enum FunctionScanner {
    struct Function {
        var line: Int
        var lineCount: Int
    }

    private static let keywords = ["func", "init", "deinit", "subscript"]

    static func functions(in file: SourceFile) -> [Function] {
        let lines = file.codeLines
        return keywords.flatMap { file.linesWith($0, inCode: true, asWord: true) }.compactMap { line in
            lastLine(lines, from: line - 1).map { Function(line: line, lineCount: $0 - line + 2) }
        }
    }

    /// The index of the line that closes the body; nil when there is none: a requirement of a protocol, or a mere call.
    private static func lastLine(_ lines: [ArraySlice<UInt8>], from first: Int) -> Int? {
        var depth = 0
        var parentheses = 0
        for index in first..<lines.count {
            for byte in lines[index] {
                switch byte {
                case UInt8(ascii: "("): parentheses += 1
                case UInt8(ascii: ")"): parentheses -= 1
                case UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "}"):
                    depth -= 1
                    if depth <= 0 && parentheses <= 0 { return depth < 0 ? nil : index }
                default: break
                }
            }
            let goesOn = depth > 0 || parentheses > 0 || continues(lines, after: index)
            if !goesOn { return nil }
        }
        return nil
    }

    /// A declaration whose line holds no brace goes on when the next line begins with one, an arrow or a clause.
    private static func continues(_ lines: [ArraySlice<UInt8>], after index: Int) -> Bool {
        guard index + 1 < lines.count else { return false }
        let next = lines[index + 1].drop { $0 == 32 }
        return ["{", "->", "where", "async", "throws", ")"].contains { next.starts(with: $0.utf8) }
    }
}
