/// Durations of ISO 8601 as RFC 3339, appendix A, writes them: units descend without gaps, weeks stand alone.
enum DurationFormat {
    static func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 3, text[0] == UInt8(ascii: "P") else { return false }
        if text[text.count - 1] == UInt8(ascii: "W") { return text[1..<(text.count - 1)].allSatisfy(\.isDigit) }
        var index = 1
        guard let dateUnits = units(text, &index, of: "YMD") else { return false }
        guard index < text.count else { return dateUnits > 0 }
        guard text[index] == UInt8(ascii: "T") else { return false }
        index += 1
        guard let timeUnits = units(text, &index, of: "HMS") else { return false }
        return timeUnits > 0 && index == text.count
    }

    /// Reads numbers with units of `order`, each the next one after that before it; nil where they are not in order.
    private static func units(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int, of order: StaticString) -> Int? {
        let letters = UnsafeBufferPointer(start: order.utf8Start, count: order.utf8CodeUnitCount)
        var previous: Int?
        var count = 0
        while index < text.count, text[index].isDigit {
            while index < text.count, text[index].isDigit { index += 1 }
            guard index < text.count, let unit = letters.firstIndex(of: text[index]) else { return nil }
            if let previous, unit != previous + 1 { return nil }
            previous = unit
            count += 1
            index += 1
        }
        return count
    }
}
