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

    /// Whether a number is a multiple of another one, in decimal arithmetic where the digits allow it.
    static func isMultiple(_ value: JSONValue, of divisor: JSONValue) -> Bool {
        guard let dividend = value.decimal, let unit = divisor.decimal else { return true }
        if dividend.mantissa == 0 { return true }
        let shift = dividend.exponent - unit.exponent
        if dividend.droppedDigits == 0, unit.droppedDigits == 0, abs(shift) <= 19 {
            if shift >= 0, let scaled = scale(dividend.mantissa, by: shift) { return scaled % unit.mantissa == 0 }
            if shift < 0 {
                // A scale beyond 64 bits exceeds every dividend.
                guard let scaled = scale(unit.mantissa, by: -shift) else { return false }
                return dividend.mantissa % scaled == 0
            }
        }
        guard let number = value.double, let step = divisor.double else { return true }
        return number.truncatingRemainder(dividingBy: step) == 0
    }

    private static func scale(_ mantissa: UInt64, by power: Int) -> UInt64? {
        var value = mantissa
        for _ in 0..<power {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
        }
        return value
    }

    private static func equalNames(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if !left.hasEscapes, !right.hasEscapes, left.node.length != right.node.length { return false }
        return left.withText { right.textEquals($0) } ?? false
    }

    private static func equalNumbers(_ left: JSONValue, _ right: JSONValue) -> Bool {
        guard let first = left.decimal, let second = right.decimal else { return false }
        if first.mantissa == 0 || second.mantissa == 0 { return first.mantissa == second.mantissa }
        if first.droppedDigits > 0 || second.droppedDigits > 0 { return left.double == right.double }
        return first == second
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
        case .number: hasher.combine(value.double == 0 ? 0 : value.double)
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
