// The forms in which a value stands behind a name that says that it is a secret.
extension Redaction {
    /// A field as it crosses, of headers, queries and labels: a text that is such a name, and the text behind it.
    mutating func redactFields(_ bytes: inout [UInt8]) {
        for place in stride(from: 0, to: bytes.count - 15, by: 8) {
            guard (1...64).contains(Self.word(at: place, in: bytes)), let name = Self.text(at: place, in: bytes),
                isSecret(bytes[name]), let value = Self.text(at: Self.end(of: name), in: bytes)
            else { continue }
            take(value, of: &bytes)
        }
    }

    /// `"name" : "value"`, `"name": 12`, `"name": [ … ]`, `"name": { … }`.
    mutating func redactMembers(_ bytes: inout [UInt8]) {
        var index = 0
        while let quote = bytes[index...].firstIndex(of: 0x22) {
            guard let end = bytes[(quote + 1)...].prefix(65).firstIndex(of: 0x22) else {
                index = quote + 1
                continue
            }
            index = end
            guard isSecret(bytes[quote + 1..<end]), let start = Self.valueStart(after: end + 1, in: bytes) else {
                continue
            }
            for value in Self.values(at: start, in: bytes) {
                take(value, of: &bytes)
                index = value.upperBound
            }
        }
    }

    private static func valueStart(after place: Int, in bytes: [UInt8]) -> Int? {
        var next = place
        func skipSpace() { while next < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[next]) { next += 1 } }
        skipSpace()
        guard next < bytes.count, bytes[next] == 0x3A else { return nil }
        next += 1
        skipSpace()
        return next < bytes.count ? next : nil
    }

    /// The insides of all strings, and the numbers, of the value that begins there. Names of members are among them:
    /// below a secret they are no less so.
    private static func values(at start: Int, in bytes: [UInt8]) -> [Range<Int>] {
        var values: [Range<Int>] = []
        var depth = 0
        var place = start
        repeat {
            switch bytes[place] {
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D: depth -= 1
            case 0x22:
                var end = place + 1
                while end < bytes.count, bytes[end] != 0x22 { end += bytes[end] == 0x5C ? 2 : 1 }
                values.append(place + 1..<max(place + 1, min(end, bytes.count)))
                place = end
            case 0x2D, 0x30...0x39:
                let end = bytes[place...].firstIndex { !isOfNumber($0) } ?? bytes.count
                values.append(place..<end)
                place = end - 1
            // Not JSON: what follows is somebody else's.
            case 0: return values
            default: break
            }
            place += 1
        } while depth > 0 && place < bytes.count
        return values
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool { (48...57).contains(byte) || byte == 45 || byte == 46 }

    /// `name=value`, as in addresses and forms.
    mutating func redactAssignments(_ bytes: inout [UInt8]) {
        var index = 0
        while let sign = bytes[index...].firstIndex(of: 0x3D) {
            index = sign + 1
            var start = sign
            while start > 0, sign - start <= 64, Self.isOfName(bytes[start - 1]) { start -= 1 }
            guard start < sign, isSecret(bytes[start..<sign]) else { continue }
            let end = bytes[index...].firstIndex { !Self.isOfToken($0) || $0 == 61 } ?? bytes.count
            take(index..<end, of: &bytes)
            index = end
        }
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 95: true
        default: false
        }
    }

    /// API keys of this host, and signed tokens, wherever they stand.
    mutating func redactKeys(_ bytes: inout [UInt8]) {
        for beginning in ["cak_", "eyJ", "whsec_"] {
            for place in Self.places(of: Array(beginning.utf8), in: bytes) {
                let end = bytes[place...].firstIndex { !Self.isOfToken($0) } ?? bytes.count
                if end - place >= 20 { replace(&bytes, place..<end) }
            }
        }
    }

    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95, 37, 43, 47, 61, 126: true
        default: false
        }
    }
}

/// What a value is called outside of the text that it was found in.
enum JSONForms {
    /// The value of a JSON string's inside.
    static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(0x5C) else { return Array(text) }
        var value: [UInt8] = []
        var units: [UInt16] = []
        var place = text.startIndex
        func flush() {
            value += Array(String(decoding: units, as: UTF16.self).utf8)
            units = []
        }
        while place < text.endIndex {
            guard text[place] == 0x5C, place + 1 < text.endIndex else {
                flush()
                value.append(text[place])
                place += 1
                continue
            }
            let letter = text[place + 1]
            let digits = String(decoding: text[(place + 2)...].prefix(4), as: UTF8.self)
            if letter == 0x75, let unit = UInt16(digits, radix: 16), place + 6 <= text.endIndex {
                units.append(unit)
                place += 6
                continue
            }
            flush()
            value.append([0x6E: 10, 0x74: 9, 0x72: 13, 0x62: 8, 0x66: 12][letter] ?? letter)
            place += 2
        }
        flush()
        return value
    }

    /// The value of a part of an address or a form.
    static func percentDecoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(0x25) || text.contains(0x2B) else { return Array(text) }
        var value: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == 0x25, digits.count == 2, let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                value.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                value.append(byte == 0x2B ? 0x20 : byte)
            }
        }
        return value
    }
}
