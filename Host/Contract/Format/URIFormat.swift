/// URIs and relative references of RFC 3986.
enum URIFormat {
    /// Whether the text is a URI with a scheme, or also one that is relative.
    static func matches(_ text: UnsafeBufferPointer<UInt8>, mayBeRelative: Bool) -> Bool {
        var rest = text[...]
        if let schemeEnd = schemeEnd(text) {
            rest = text[(schemeEnd + 1)...]
        } else {
            guard mayBeRelative else { return false }
            // A colon in the first segment would be read as the end of a scheme.
            let firstSegment = text.prefix {
                $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
            }
            guard !firstSegment.contains(UInt8(ascii: ":")) else { return false }
        }
        if let hash = rest.firstIndex(of: UInt8(ascii: "#")) {
            guard consists(rest[(hash + 1)...], of: "!$&'()*+,;=:@/?") else { return false }
            rest = rest[..<hash]
        }
        if let question = rest.firstIndex(of: UInt8(ascii: "?")) {
            guard consists(rest[(question + 1)...], of: "!$&'()*+,;=:@/?") else { return false }
            rest = rest[..<question]
        }
        if rest.starts(with: "//".utf8) {
            let authority = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
            guard isAuthority(authority) else { return false }
            rest = rest[authority.endIndex...]
        }
        return consists(rest, of: "!$&'()*+,;=:@/")
    }

    private static func schemeEnd(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let first = text.first, first.isLetter else { return nil }
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ":") { return index }
            guard byte.isLetterOrDigit || "+-.".utf8.contains(byte) else { return nil }
        }
        return nil
    }

    private static func isAuthority(_ authority: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var host = authority
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            guard consists(authority[..<at], of: "!$&'()*+,;=:") else { return false }
            host = authority[(at + 1)...]
        }
        if host.first == UInt8(ascii: "[") {
            guard let close = host.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let literal = host[(host.startIndex + 1)..<close]
            let isFuture = (literal.first ?? 0) | 0x20 == UInt8(ascii: "v")
            guard
                isFuture
                    ? consists(literal, of: "!$&'()*+,;=:")
                    : AddressFormat.isIPv6(UnsafeBufferPointer(rebasing: literal))
            else { return false }
            host = host[(close + 1)...]
            return host.isEmpty || isPort(host)
        }
        if let colon = host.lastIndex(of: UInt8(ascii: ":")) {
            guard isPort(host[colon...]) else { return false }
            host = host[..<colon]
        }
        return consists(host, of: "!$&'()*+,;=")
    }

    private static func isPort(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        text.first == UInt8(ascii: ":") && text.dropFirst().allSatisfy(\.isDigit)
    }

    /// Whether the text holds only unreserved characters, percent-encoded bytes and those in `others`.
    private static func consists(_ text: Slice<UnsafeBufferPointer<UInt8>>, of others: StaticString) -> Bool {
        let allowed = UnsafeBufferPointer(start: others.utf8Start, count: others.utf8CodeUnitCount)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < text.endIndex, text[index + 1].isHexadecimalDigit, text[index + 2].isHexadecimalDigit
                else { return false }
                index += 3
                continue
            }
            guard byte.isLetterOrDigit || isUnreservedMark(byte) || allowed.contains(byte) else { return false }
            index += 1
        }
        return true
    }

    private static func isUnreservedMark(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }
}
