extension JSONValue {
    /// The value of an integral number that fits into 64 bits; `1.0` and `1e2` are integral too.
    public var int64: Int64? {
        let node = nodes[index]
        guard node.kind == JSONKind.number.rawValue else { return nil }
        guard node.flags & JSONNode.integerFlag != 0, node.length <= 18 else { return JSONDecimal(rawBytes).int64 }
        let digits = bytes + Int(node.offset)
        let isNegative = digits[0] == UInt8(ascii: "-")
        var value: Int64 = 0
        for position in (isNegative ? 1 : 0)..<Int(node.length) {
            value = value &* 10 &+ Int64(digits[position] &- UInt8(ascii: "0"))
        }
        return isNegative ? -value : value
    }

    /// The 64-bit float nearest to a number.
    public var double: Double? {
        let node = nodes[index]
        guard node.kind == JSONKind.number.rawValue else { return nil }
        if node.flags & JSONNode.integerFlag != 0, node.length <= 15, let value = int64, value != 0 {
            return Double(value)
        }
        let text = rawBytes
        return JSONDecimal(text).double(text)
    }

    /// A number's digits and power of ten as written.
    public var decimal: JSONDecimal? {
        nodes[index].kind == JSONKind.number.rawValue ? JSONDecimal(rawBytes) : nil
    }

    /// Whether the value is a number without a fraction, of whatever size.
    public var isIntegral: Bool {
        let node = nodes[index]
        guard node.kind == JSONKind.number.rawValue else { return false }
        return node.flags & JSONNode.integerFlag != 0 || JSONDecimal(rawBytes).isIntegral
    }
}
