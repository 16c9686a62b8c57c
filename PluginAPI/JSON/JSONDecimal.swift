/// A JSON number as written: sign, up to 19 significant digits and a power of ten.
///
/// It answers exactly whether a number is integral, which a float cannot.
public struct JSONDecimal: Sendable, Equatable {
    /// Whether a minus sign stands in front; also true for `-0`.
    public private(set) var isNegative = false
    /// The significant digits without trailing zeros, as far as 19 digits reach; 0 for every zero.
    public private(set) var mantissa: UInt64 = 0
    /// Power of ten that `mantissa` is multiplied with.
    public private(set) var exponent = 0
    /// How many digits behind those of `mantissa`, the last one not zero, had to be left out.
    public private(set) var droppedDigits = 0

    private static let exactPowers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// Reads a number that follows the grammar of JSON; anything else traps or gives an unspecified value.
    public init(_ text: UnsafeBufferPointer<UInt8>) {
        if text.count <= Self.shortBytes, readShort(text) { return }
        self = JSONDecimal(long: text)
    }

    /// Longest text whose digits fit into 64 bits whatever they are.
    private static let shortBytes = 18

    /// Reads a short number without an exponent, as nearly all are; false, with nothing changed, when it is none.
    private mutating func readShort(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let isNegative = text[0] == UInt8(ascii: "-")
        var value: UInt64 = 0
        var point = text.count
        for index in (isNegative ? 1 : 0)..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            if digit < 10 {
                value = value &* 10 &+ UInt64(digit)
            } else if text[index] == UInt8(ascii: ".") {
                point = index + 1
            } else {
                return false
            }
        }
        self.isNegative = isNegative
        guard value != 0 else { return true }
        var exponent = point - text.count
        while value % 10 == 0 {
            value /= 10
            exponent += 1
        }
        self.mantissa = value
        self.exponent = exponent
        return true
    }

    private init(long text: UnsafeBufferPointer<UInt8>) {
        var digits = 0
        var pendingZeros = 0
        var sawPoint = false
        var fractionDigits = 0
        var index = 0
        if text[0] == UInt8(ascii: "-") {
            isNegative = true
            index = 1
        }
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: ".") {
                sawPoint = true
                continue
            }
            if byte | 0x20 == UInt8(ascii: "e") { break }
            if sawPoint { fractionDigits += 1 }
            if byte == UInt8(ascii: "0") {
                // Zeros count only once a later digit shows that they are not trailing.
                if mantissa != 0 { pendingZeros += 1 }
                continue
            }
            append(byte - UInt8(ascii: "0"), after: pendingZeros, digits: &digits)
            pendingZeros = 0
        }
        guard mantissa != 0 else { return }
        exponent += pendingZeros - fractionDigits
        exponent += Self.writtenExponent(text, from: index)
    }

    /// The number as an integer, or nil where it is not integral or does not fit.
    public var int64: Int64? {
        guard mantissa != 0 else { return 0 }
        guard droppedDigits == 0, exponent >= 0, exponent < 19 else { return nil }
        var value = mantissa
        for _ in 0..<exponent {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
        }
        if isNegative { return value <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- value) : nil }
        return Int64(exactly: value)
    }

    /// Whether the number has no fraction, however large it is.
    public var isIntegral: Bool { mantissa == 0 || exponent >= droppedDigits }

    /// The nearest 64-bit float; infinite where the number is out of range. `text` is what the decimal was read from.
    public func double(_ text: UnsafeBufferPointer<UInt8>) -> Double {
        if mantissa == 0 { return isNegative ? -0.0 : 0 }
        // Both operands are exact, so that one operation rounds correctly (Clinger's fast path).
        if droppedDigits == 0, mantissa <= 1 << 53, abs(exponent) <= 22 {
            let magnitude = Double(mantissa)
            let power = Self.exactPowers[abs(exponent)]
            let value = exponent < 0 ? magnitude / power : magnitude * power
            return isNegative ? -value : value
        }
        if exponent < -400 { return isNegative ? -0.0 : 0 }
        return Double(String(decoding: text, as: UTF8.self)) ?? .infinity
    }

    private mutating func append(_ digit: UInt8, after zeros: Int, digits: inout Int) {
        if droppedDigits > 0 || digits + zeros + 1 > 19 {
            droppedDigits += zeros + 1
            exponent += zeros + 1
            return
        }
        for _ in 0..<zeros { mantissa &*= 10 }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        digits += zeros + 1
    }

    /// The number behind `e`, held within bounds that no arithmetic here can overflow.
    private static func writtenExponent(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard start < text.count else { return 0 }
        var index = start
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative || text[index] == UInt8(ascii: "+") { index += 1 }
        var value = 0
        while index < text.count {
            value = min(value * 10 + Int(text[index] - UInt8(ascii: "0")), 1 << 40)
            index += 1
        }
        return isNegative ? -value : value
    }
}
