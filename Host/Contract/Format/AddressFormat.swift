/// Internet addresses in text form.
enum AddressFormat {
    /// Four decimal numbers below 256 without leading zeros.
    static func isIPv4(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var parts = 0
        var index = 0
        while index < text.count {
            let start = index
            var value = 0
            while index < text.count, text[index].isDigit, index - start < 3 {
                value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
                index += 1
            }
            let length = index - start
            guard length > 0, value < 256, length == 1 || text[start] != UInt8(ascii: "0") else { return false }
            parts += 1
            if index == text.count { break }
            guard parts < 4, text[index] == UInt8(ascii: ".") else { return false }
            index += 1
        }
        return parts == 4 && text.last != UInt8(ascii: ".")
    }

    /// Eight groups of up to four hexadecimal digits, of which one run may be `::` and the last two an IPv4 address.
    static func isIPv6(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var groups = 0
        var hasGap = false
        var index = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return false }
            hasGap = true
            index = 2
        }
        while index < text.count {
            let start = index
            while index < text.count, text[index].isHexadecimalDigit { index += 1 }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard isIPv4(UnsafeBufferPointer(rebasing: text[start...])) else { return false }
                groups += 2
                index = text.count
                break
            }
            guard index > start, index - start <= 4 else { return false }
            groups += 1
            guard index < text.count else { break }
            guard text[index] == UInt8(ascii: ":") else { return false }
            index += 1
            guard index < text.count else { return false }
            if text[index] == UInt8(ascii: ":") {
                guard !hasGap else { return false }
                hasGap = true
                index += 1
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }
}
