import GantryCore

/// What a request says about the host that it wants: the value of `Host`, or the authority of an absolute target.
enum HostName {
    /// The name in lower case, without its port and a final dot; nil when this is no `host[:port]`.
    ///
    /// Names are letters, digits, `-`, `_` and dots, or an IPv6 address in brackets. The other characters that a URI
    /// may have in this place occur in no name of a real host, but proxies understand them in ways of their own.
    static func read(_ text: UnsafeBufferPointer<UInt8>) -> String? {
        var nameEnd = text.count
        var isAddress = false
        if text.first == UInt8(ascii: "[") {
            guard let close = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            isAddress = true
            nameEnd = close + 1
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            nameEnd = colon
        }
        if nameEnd < text.count {
            guard text[nameEnd] == UInt8(ascii: ":"), text[(nameEnd + 1)...].allSatisfy(\.isDigit) else { return nil }
        }
        var name = text[..<nameEnd]
        if isAddress { name = name.dropFirst().dropLast() }
        guard name.allSatisfy({ isAddress ? isAddressByte($0) : isNameByte($0) }) else { return nil }
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        return String(unsafeUninitializedCapacity: name.count) { room in
            for (index, byte) in name.enumerated() { room[index] = HeaderName.lower(byte) }
            return name.count
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch HeaderName.lower(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: byte.isDigit
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch HeaderName.lower(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: ":"), UInt8(ascii: "."): true
        default: byte.isDigit
        }
    }
}
