import GantryJSON

/// Comparison of JSON values as JSON Schema defines it: numbers by value, objects without regard to order.
enum JSONEquality {
    /// Up to here comparing pairs is cheaper than hashing.
    private static let smallCount = 16

    /// Whether two values are equal.
    static func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
        guard left.kind == right.kind else { return false }
        switch left.kind {
        case .null, .true, .false: return true
        case .number: return equalNumbers(left, right)
        case .string: return left.withText { right.textEquals($0) } ?? false
        case .array:
            guard left.count == right.count else { return false }
            return zip(left.elements, right.elements).allSatisfy { equal($0, $1) }
        case .object: return equalObjects(left, right)
        }
    }

    /// Whether an array holds two equal elements.
    static func hasRepetition(_ array: JSONValue) -> Bool {
        guard array.count > 1 else { return false }
        if array.count <= smallCount {
            var remaining = array.elements
            while let element = remaining.next() {
                for other in remaining where equal(element, other) { return true }
            }
            return false
        }
        var known: [Int: [JSONValue]] = [:]
        for element in array.elements {
            var hasher = Hasher()
            hash(element, into: &hasher)
            let key = hasher.finalize()
            if known[key, default: []].contains(where: { equal($0, element) }) { return true }
            known[key, default: []].append(element)
        }
        return false
    }

    /// Places of the member names in an object that occur again later and therefore do not count.
    static func shadowedNames(of object: JSONValue) -> Set<Int> {
        guard object.count > 1 else { return [] }
        var shadowed: Set<Int> = []
        if object.count <= smallCount {
            var remaining = object.members
            while let (name, _) = remaining.next() {
                for (other, _) in remaining where equalNames(name, other) { shadowed.insert(name.index) }
            }
            return shadowed
        }
        var latest: [String: Int] = [:]
        for (name, _) in object.members {
            if let earlier = latest.updateValue(name.index, forKey: name.string ?? "") { shadowed.insert(earlier) }
        }
        return shadowed
    }

    /// Whether a number is a multiple of another one, which has at most 19 digits. Exact, however large both are.
    static func isMultiple(_ value: JSONValue, of divisor: JSONValue) -> Bool {
        guard let dividend = value.decimal, let unit = divisor.decimal else { return true }
        if dividend.mantissa == 0 { return true }
        // Neither number's digits end in a zero, so one that begins further to the right is no multiple.
        let shift = dividend.exponent - dividend.droppedDigits - unit.exponent
        guard shift >= 0 else { return false }
        var remainder: UInt64 = 0
        forEachDigit(of: value) { digit in
            remainder = multiply(remainder, 10, modulo: unit.mantissa)
            remainder = (remainder + digit % unit.mantissa) % unit.mantissa
        }
        return multiply(remainder, power(ofTen: shift, modulo: unit.mantissa), modulo: unit.mantissa) == 0
    }

    /// Calls `body` with the significant digits, without the zeros at the end.
    private static func forEachDigit(of number: JSONValue, _ body: (UInt64) -> Void) {
        var pendingZeros = 0
        var isLeading = true
        for byte in number.rawBytes {
            if byte | 0x20 == UInt8(ascii: "e") { break }
            guard byte.isDigit else { continue }
            if byte == UInt8(ascii: "0") {
                if !isLeading { pendingZeros += 1 }
                continue
            }
            isLeading = false
            while pendingZeros > 0 {
                body(0)
                pendingZeros -= 1
            }
            body(UInt64(byte - UInt8(ascii: "0")))
        }
    }

    private static func power(ofTen exponent: Int, modulo modulus: UInt64) -> UInt64 {
        var result: UInt64 = 1 % modulus
        var base: UInt64 = 10 % modulus
        var remaining = exponent
        while remaining > 0 {
            if remaining & 1 == 1 { result = multiply(result, base, modulo: modulus) }
            base = multiply(base, base, modulo: modulus)
            remaining >>= 1
        }
        return result
    }

    /// The product's remainder; the first factor is below the modulus.
    private static func multiply(_ first: UInt64, _ second: UInt64, modulo modulus: UInt64) -> UInt64 {
        modulus.dividingFullWidth(first.multipliedFullWidth(by: second % modulus)).remainder
    }

    private static func equalNames(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if !left.hasEscapes, !right.hasEscapes, left.node.length != right.node.length { return false }
        return left.withText { right.textEquals($0) } ?? false
    }

    private static func equalNumbers(_ left: JSONValue, _ right: JSONValue) -> Bool {
        guard let first = left.decimal, let second = right.decimal else { return false }
        if first.mantissa == 0 || second.mantissa == 0 { return first.mantissa == second.mantissa }
        guard first == second else { return false }
        if first.droppedDigits == 0 { return true }
        var digits: [UInt64] = []
        forEachDigit(of: left) { digits.append($0) }
        var position = 0
        var areEqual = true
        forEachDigit(of: right) { digit in
            if position >= digits.count || digits[position] != digit { areEqual = false }
            position += 1
        }
        return areEqual
    }

    private static func equalObjects(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if left.count <= smallCount, right.count <= smallCount {
            let leftShadowed = shadowedNames(of: left)
            let rightShadowed = shadowedNames(of: right)
            guard left.count - leftShadowed.count == right.count - rightShadowed.count else { return false }
            return left.members.allSatisfy { name, member in
                if leftShadowed.contains(name.index) { return true }
                guard let other = name.withText({ right.member(named: $0) }) ?? nil else { return false }
                return equal(member, other)
            }
        }
        let first = dictionary(left)
        let second = dictionary(right)
        return first.count == second.count
            && first.allSatisfy { name, member in second[name].map { equal(member, $0) } ?? false }
    }

    private static func dictionary(_ object: JSONValue) -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for (name, value) in object.members { result[name.string ?? ""] = value }
        return result
    }

    /// Feeds equal values alike.
    private static func hash(_ value: JSONValue, into hasher: inout Hasher) {
        switch value.kind {
        case .null: hasher.combine(0)
        case .false: hasher.combine(1)
        case .true: hasher.combine(2)
        case .number:
            // Not the float: many numbers share one, and a list of those would be compared pair by pair.
            let decimal = value.decimal
            hasher.combine(decimal?.mantissa)
            if decimal?.mantissa != 0 { hasher.combine(decimal?.exponent) }
            if decimal?.droppedDigits != 0 { forEachDigit(of: value) { hasher.combine($0) } }
        case .string: value.withText { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .array:
            hasher.combine(value.count)
            for element in value.elements { hash(element, into: &hasher) }
        case .object:
            var combined = 0
            for (name, member) in dictionary(value) {
                var inner = Hasher()
                inner.combine(name)
                hash(member, into: &inner)
                combined ^= inner.finalize()
            }
            hasher.combine(combined)
        }
    }
}
