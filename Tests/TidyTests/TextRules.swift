/// Rules for any text.
enum TextRules {
    static let maximumColumns = 120
    private static let measured = [".swift", ".c", ".h", ".py", ".sh", ".sql", ".lua"]

    /// Code and what reads like it; tables and links of Markdown cannot be broken, and contracts come from elsewhere.
    static func lineLength(_ file: SourceFile) -> [Breach] {
        guard file.hasSuffix(among: measured) else { return [] }
        return file.lines.enumerated().compactMap { number, line in
            guard line.count > maximumColumns else { return nil }
            let text = String(decoding: line, as: UTF8.self)
            guard text.count > maximumColumns else { return nil }
            return Breach(path: file.path, line: number + 1, message: "\(text.count) columns, at most 120")
        }
    }

    // Put together here, so that this file does not break its own rule.
    private static let leftoverWords: [String] = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]

    static func leftovers(_ file: SourceFile) -> [Breach] {
        leftoverWords.flatMap { word in
            file.linesWith(word, asWord: true).map { Breach(path: file.path, line: $0, message: "leftover \(word)") }
        }
    }

    private static let places: [String] = ["/" + "work/", "/" + "tmp/gantry/", "/" + "opt/swift", "/" + "root/"]

    /// Paths of the machine that a file was written on.
    static func machinePaths(_ file: SourceFile) -> [Breach] {
        places.flatMap { path in
            file.linesWith(path).map { Breach(path: file.path, line: $0, message: "path of one machine: \(path)") }
        }
    }

    static func tabs(_ file: SourceFile) -> [Breach] {
        guard file.hasSuffix(among: [".swift", ".c", ".h", ".py", ".yaml", ".yml", ".json", ".sql"]) else { return [] }
        return file.linesWith("\t").map { Breach(path: file.path, line: $0, message: "a tab") }
    }

    static func finalNewline(_ file: SourceFile) -> [Breach] {
        // The fuzzer's inputs are bytes of any kind.
        guard let last = file.bytes.last, last != 10, !file.isBelow(["Tests/Fuzz/Corpus/"]) else { return [] }
        return [Breach(path: file.path, line: file.lines.count, message: "no newline at the end")]
    }
}
