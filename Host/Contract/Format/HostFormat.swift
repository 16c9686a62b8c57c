/// Host names and e-mail addresses.
enum HostFormat {
    /// Labels of letters, digits and inner hyphens (RFC 1123), at most 63 bytes each and 253 together.
    static func isHostName(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !text.isEmpty, text.count <= 253 else { return false }
        var labelStart = 0
        for index in 0...text.count {
            guard index == text.count || text[index] == UInt8(ascii: ".") else {
                guard text[index].isLetterOrDigit || text[index] == UInt8(ascii: "-") else { return false }
                continue
            }
            let length = index - labelStart
            guard length > 0, length <= 63, text[labelStart] != UInt8(ascii: "-"), text[index - 1] != UInt8(ascii: "-")
            else { return false }
            // Hyphens in the third and fourth place are reserved; only the prefix of encoded labels is in use.
            if length >= 4, text[labelStart + 2] == UInt8(ascii: "-"), text[labelStart + 3] == UInt8(ascii: "-") {
                guard text[labelStart] | 0x20 == UInt8(ascii: "x"), text[labelStart + 1] | 0x20 == UInt8(ascii: "n"),
                    length > 4
                else { return false }
            }
            labelStart = index + 1
        }
        return true
    }

    /// A mailbox of RFC 5321: dot-atom or quoted string, `@`, host name or address in brackets.
    static func isEmailAddress(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let at = text.lastIndex(of: UInt8(ascii: "@")), at > 0, at <= 64, at + 1 < text.count else {
            return false
        }
        let local = UnsafeBufferPointer(rebasing: text[..<at])
        let domain = UnsafeBufferPointer(rebasing: text[(at + 1)...])
        guard isQuotedString(local) || isDotAtom(local) else { return false }
        if domain[0] == UInt8(ascii: "["), domain[domain.count - 1] == UInt8(ascii: "]"), domain.count > 2 {
            return isAddressLiteral(UnsafeBufferPointer(rebasing: domain[1..<(domain.count - 1)]))
        }
        return isHostName(domain)
    }

    private static func isAddressLiteral(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if text.count > 5, text.prefix(5).elementsEqual("IPv6:".utf8) {
            return AddressFormat.isIPv6(UnsafeBufferPointer(rebasing: text[5...]))
        }
        return AddressFormat.isIPv4(text)
    }

    private static func isDotAtom(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var previous = UInt8(ascii: ".")
        for byte in text {
            if byte == UInt8(ascii: ".") {
                if previous == UInt8(ascii: ".") { return false }
            } else if !byte.isLetterOrDigit, !"!#$%&'*+-/=?^_`{|}~".utf8.contains(byte) {
                return false
            }
            previous = byte
        }
        return previous != UInt8(ascii: ".")
    }

    private static func isQuotedString(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 2, text[0] == UInt8(ascii: "\""), text[text.count - 1] == UInt8(ascii: "\"") else {
            return false
        }
        var index = 1
        while index < text.count - 1 {
            var byte = text[index]
            if byte == UInt8(ascii: "\\") {
                index += 1
                guard index < text.count - 1 else { return false }
                byte = text[index]
            } else if byte == UInt8(ascii: "\"") {
                return false
            }
            guard byte >= 0x20, byte < 0x7F else { return false }
            index += 1
        }
        return true
    }
}
