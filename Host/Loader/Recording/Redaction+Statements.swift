import CGantry

/// Which values of a statement its own words call secrets: results by the columns' names, parameters by the columns
/// that they are compared with or written to. It reads SQL as far as that takes, and believes nothing else of it.
struct StatementSecrets: Equatable {
    /// Places of columns in a row, from 0.
    var columns: Set<Int> = []
    /// Numbers of parameters, from 1.
    var parameters: Set<Int> = []

    /// - Parameter isSecret: Whether what has this name is a secret.
    init(sql: ArraySlice<UInt8>, isSecret: (ArraySlice<UInt8>) -> Bool) {
        let words = Self.words(sql)
        func text(_ index: Int) -> String {
            words.indices.contains(index) ? String(decoding: words[index], as: UTF8.self).lowercased() : ""
        }
        for index in words.indices {
            switch text(index) {
            case "select", "returning":
                for (number, item) in Self.items(words, from: index + 1).enumerated() {
                    // The name that a column is given, or its own: the last word of the item.
                    if item.contains(where: isSecret) { columns.insert(number) }
                }
            case "insert":
                noteInsert(words, from: index, isSecret)
            case "=", "<>", "like":
                let name = index > 0 ? words[index - 1] : []
                let number = words.indices.contains(index + 1) ? Self.parameter(words[index + 1]) : nil
                if let number, isSecret(name) { parameters.insert(number) }
            default: break
            }
        }
    }

    private mutating func noteInsert(
        _ words: [ArraySlice<UInt8>], from start: Int, _ isSecret: (ArraySlice<UInt8>) -> Bool
    ) {
        guard let open = words[start...].firstIndex(where: { $0.elementsEqual("(".utf8) }) else { return }
        let names = Self.items(words, from: open + 1).map { $0.last ?? [] }
        let isValues = { (word: ArraySlice<UInt8>) in String(decoding: word, as: UTF8.self).lowercased() == "values" }
        guard let values = words[open...].firstIndex(where: isValues) else { return }
        var place = values + 1
        // Each row of values in its parentheses.
        while place < words.count, words[place].elementsEqual("(".utf8) {
            let items = Self.items(words, from: place + 1)
            for (name, item) in zip(names, items) where isSecret(name) {
                for word in item { if let number = Self.parameter(word) { parameters.insert(number) } }
            }
            place += items.reduce(2) { $0 + $1.count } + max(0, items.count - 1)
            if place < words.count, words[place].elementsEqual(",".utf8) { place += 1 }
        }
    }

    private static func parameter(_ word: ArraySlice<UInt8>) -> Int? {
        word.first == 0x24 ? Int(String(decoding: word.dropFirst(), as: UTF8.self)) : nil
    }

    /// Lists of words between commas, until the parenthesis closes or a clause begins.
    private static func items(_ words: [ArraySlice<UInt8>], from start: Int) -> [[ArraySlice<UInt8>]] {
        var items: [[ArraySlice<UInt8>]] = [[]]
        var depth = 0
        for word in words[min(start, words.count)...] {
            let text = String(decoding: word, as: UTF8.self).lowercased()
            if text == ")", depth == 0 { break }
            if depth == 0, text == "from" || text == ";" { break }
            if depth == 0, text == "," {
                items.append([])
                continue
            }
            depth += text == "(" ? 1 : text == ")" ? -1 : 0
            items[items.count - 1].append(word)
        }
        return items
    }

    /// Names, parameters and signs; what stands in quotation marks `'…'` is one word, and names in `"…"` lose theirs.
    private static func words(_ sql: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var words: [ArraySlice<UInt8>] = []
        var place = sql.startIndex
        while place < sql.endIndex {
            let start = place
            switch sql[place] {
            case 0x27, 0x22:
                let end = sql[(place + 1)...].firstIndex(of: sql[place]) ?? sql.endIndex
                words.append(sql[place] == 0x22 ? sql[place + 1..<end] : sql[place..<end])
                place = min(end + 1, sql.endIndex)
            case 48...57, 65...90, 97...122, 95, 36:
                while place < sql.endIndex, isOfName(sql[place]) { place += 1 }
                words.append(sql[start..<place])
            case 0x3C where place + 1 < sql.endIndex && sql[place + 1] == 0x3E:
                words.append(sql[place...place + 1])
                place += 2
            case 0...32: place += 1
            default:
                words.append(sql[place...place])
                place += 1
            }
        }
        return words
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 95, 36: true
        default: false
        }
    }
}

extension Redaction {
    /// Takes the values with these places out of a list of them as it crosses: their number, 1, and five parts of each.
    mutating func redactValues(at start: Int, of bytes: inout [UInt8], where isSecret: (Int) -> Bool) {
        let count = Self.word(at: start, in: bytes)
        guard Self.word(at: start + 8, in: bytes) == 1, count <= 10_000 else { return }
        var place = start + 16
        for index in 0..<Int(count) {
            guard let text = Self.text(at: place + 32, in: bytes) else { return }
            if isSecret(index) {
                switch Self.word(at: place, in: bytes) {
                case UInt64(GANTRY_VALUE_INTEGER.rawValue): takeInteger(at: place + 16, of: &bytes)
                case UInt64(GANTRY_VALUE_REAL.rawValue):
                    bytes.replaceSubrange(place + 24..<place + 32, with: Self.word(Double(1).bitPattern))
                default: take(text, of: &bytes)
                }
            }
            place = Self.end(of: text)
        }
    }
}
