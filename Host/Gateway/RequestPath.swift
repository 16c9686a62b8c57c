import GantryLoader

/// Takes a request's target apart.
struct RequestPath {
    /// Bytes of the path before `?`.
    var path: Range<Int>
    /// Bytes of the query after `?`; empty when there is none.
    var query: Range<Int>
    /// Bytes of the authority of an absolute target, which then counts instead of the header `Host`; else nil.
    var authority: Range<Int>?

    /// Splits a target in origin form, or an absolute one. Nil when it is neither.
    init?(_ target: UnsafeBufferPointer<UInt8>) {
        var start = 0
        if target.first != UInt8(ascii: "/") {
            guard let authorityStart = Self.authorityStart(target) else { return nil }
            let delimiters = [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")]
            start = target[authorityStart...].firstIndex(where: delimiters.contains) ?? target.count
            if start == authorityStart { return nil }
            authority = authorityStart..<start
        }
        var end = target.count
        query = end..<end
        for index in start..<target.count {
            let byte = target[index]
            if byte == UInt8(ascii: "?") {
                end = index
                query = index + 1..<target.count
                break
            }
            if byte == UInt8(ascii: "#") { return nil }
        }
        path = start..<end
    }

    private static func authorityStart(_ target: UnsafeBufferPointer<UInt8>) -> Int? {
        for scheme in ["http://", "https://"] {
            let count = scheme.utf8.count
            guard target.count > count else { continue }
            if zip(target, scheme.utf8).allSatisfy({ ($0 | 0x20) == ($1 | 0x20) }) { return count }
        }
        return nil
    }

    /// Decodes `%XX` and, in queries, `+`. Nil when an escape is broken or the result is not UTF-8.
    static func decode(_ text: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < text.count, let high = digit(text[index + 1]), let low = digit(text[index + 2]) else {
                    return nil
                }
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(validating: bytes, as: UTF8.self) == nil ? nil : bytes
    }

    /// Whether the text can be taken as it is.
    static func isPlain(_ text: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool) -> Bool {
        for byte in text {
            if byte == UInt8(ascii: "%") || byte >= 0x80 || (plusIsSpace && byte == UInt8(ascii: "+")) { return false }
        }
        return true
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension ModuleRequest {
    /// Adds a piece of the target without its percent escapes; nil when it cannot be decoded.
    mutating func appendDecoded(_ piece: UnsafeBufferPointer<UInt8>, plusIsSpace: Bool) -> TextRange? {
        if RequestPath.isPlain(piece, plusIsSpace: plusIsSpace) { return append(piece) }
        guard let bytes = RequestPath.decode(piece, plusIsSpace: plusIsSpace) else { return nil }
        return append(bytes)
    }

    /// Adds the parameters of a query; false when one cannot be decoded.
    mutating func appendQuery(_ query: UnsafeBufferPointer<UInt8>) -> Bool {
        var start = 0
        while start < query.count {
            var end = start
            var equals: Int?
            while end < query.count && query[end] != UInt8(ascii: "&") {
                if equals == nil && query[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if end > start {
                let nameEnd = equals ?? end
                let valueStart = equals.map { $0 + 1 } ?? end
                guard
                    let name = appendDecoded(
                        UnsafeBufferPointer(rebasing: query[start..<nameEnd]), plusIsSpace: true),
                    let value = appendDecoded(
                        UnsafeBufferPointer(rebasing: query[valueStart..<end]), plusIsSpace: true)
                else { return false }
                self.query.append(Field(name: name, value: value))
            }
            start = end + 1
        }
        return true
    }
}
