import GantryJSON

/// The policy's ban on control characters other than tab and line feed.
enum ControlCharacters {
    /// Whether one occurs in a string or name within `value`.
    static func occur(in value: JSONValue) -> Bool {
        guard mayOccur(in: value.rawBytes) else { return false }
        var index = value.index
        while index < Int(value.node.next) {
            if isOffending(JSONValue(bytes: value.bytes, nodes: value.nodes, index: index)) { return true }
            index += 1
        }
        return false
    }

    /// Records every string and name within `value` that holds one.
    static func record(in value: JSONValue, _ collector: inout FindingCollector) {
        guard mayOccur(in: value.rawBytes) else { return }
        for index in value.index..<Int(value.node.next) {
            let candidate = JSONValue(bytes: value.bytes, nodes: value.nodes, index: index)
            guard isOffending(candidate) else { continue }
            let message = "must not hold control characters other than tab and line feed"
            guard collector.add(.controlCharacter, candidate, message) else { return }
        }
    }

    private static func isOffending(_ value: JSONValue) -> Bool {
        value.withText(UTF8Text.hasControlCharacter) ?? false
    }

    /// Whether the JSON text holds a byte without which there is no control character: those below 0x20 are always
    /// escaped, DEL is 0x7F, and the rest begin with 0xC2. Most documents end here, eight bytes at a time.
    private static func mayOccur(in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = text.baseAddress else { return false }
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while index + 8 <= text.count {
            let word = UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self)
            let backslashes = word ^ (ones &* 0x5C)
            let deletes = word ^ (ones &* 0x7F)
            let leads = word ^ (ones &* 0xC2)
            let hits =
                ((backslashes &- ones) & ~backslashes) | ((deletes &- ones) & ~deletes) | ((leads &- ones) & ~leads)
            if hits & (ones &* 0x80) != 0 { return true }
            index += 8
        }
        while index < text.count {
            switch start[index] {
            case 0x5C, 0x7F, 0xC2: return true
            default: index += 1
            }
        }
        return false
    }
}
