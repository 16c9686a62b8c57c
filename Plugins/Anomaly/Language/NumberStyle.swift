/// How a language writes numbers.
struct NumberStyle: Sendable {
    /// Between whole and fraction.
    var decimal: Character
    /// Between groups of three digits.
    var group: String
    /// The fewest digits of the whole part that are grouped.
    var leastGroupedDigits = 4
    /// Between a number and the percent sign.
    var beforePercent: String

    /// A number with at most `digits` behind the separator, zeros at the end left out.
    func text(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e13 else { return value.isFinite ? "\(value)" : "?" }
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let scaled = Int64((abs(value) * factor).rounded())
        let whole = scaled / Int64(factor)
        let rest = scaled % Int64(factor)
        var fraction = String(rest)
        fraction = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let sign = value < 0 && scaled != 0 ? "-" : ""
        return sign + grouped(String(whole)) + (fraction.isEmpty ? "" : String(decimal) + fraction)
    }

    private func grouped(_ digits: String) -> String {
        guard digits.count >= leastGroupedDigits else { return digits }
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result += group }
            result.append(digit)
        }
        return result
    }
}
