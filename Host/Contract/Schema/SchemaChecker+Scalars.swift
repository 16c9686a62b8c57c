import GantryJSON

extension SchemaChecker {
    /// Checks the rules on numbers.
    func checkNumber(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, _ collector: inout FindingCollector
    ) -> Bool {
        let rules = schema.pointee.rules
        let number = value.double ?? 0
        var isValid = true
        if number < schema.pointee.minimum {
            isValid = false
            guard collector.add(.minimum, value, Messages.bounds(schema.pointee)) else { return false }
        }
        if number > schema.pointee.maximum {
            isValid = false
            guard collector.add(.maximum, value, Messages.bounds(schema.pointee)) else { return false }
        }
        if rules.contains(.exclusiveMinimum), number <= schema.pointee.exclusiveMinimum {
            isValid = false
            guard collector.add(.exclusiveMinimum, value, Messages.bounds(schema.pointee)) else { return false }
        }
        if rules.contains(.exclusiveMaximum), number >= schema.pointee.exclusiveMaximum {
            isValid = false
            guard collector.add(.exclusiveMaximum, value, Messages.bounds(schema.pointee)) else { return false }
        }
        if rules.contains(.multipleOf) {
            let divisor = literal(schema.pointee.multipleOf)
            if !JSONEquality.isMultiple(value, of: divisor) {
                isValid = false
                guard collector.add(.multipleOf, value, Messages.multiple(divisor)) else { return false }
            }
        }
        if rules.contains(.numberFormat), !schema.pointee.format.matches(value) {
            isValid = false
            let format = schema.pointee.format
            guard collector.add(.format(format.rawValue), value, Messages.format(format)) else { return false }
        }
        return isValid
    }

    /// Checks the rules on strings, on the text without escapes and without white space around it where it is trimmed.
    func checkString(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector
    ) -> Bool {
        if !value.hasEscapes { return checkText(schema, value, value.rawBytes, trims: trims, &collector) }
        return value.withText { checkText(schema, value, $0, trims: trims, &collector) } ?? true
    }

    private func checkText(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, _ untrimmed: UnsafeBufferPointer<UInt8>, trims: Bool,
        _ collector: inout FindingCollector
    ) -> Bool {
        let rules = schema.pointee.rules
        let text = trims ? UTF8Text.trimmed(untrimmed) : untrimmed
        var isValid = true
        if rules.contains(.length) {
            let minimum = Int(schema.pointee.minLength)
            let maximum = Int(schema.pointee.maxLength)
            // A scalar takes one to four bytes: most texts need not be counted.
            if text.count > maximum || text.count < minimum * 4 {
                let length = UTF8Text.scalarCount(text)
                if length < minimum {
                    isValid = false
                    guard collector.add(.minLength, value, Messages.length(schema.pointee)) else { return false }
                }
                if length > maximum {
                    isValid = false
                    guard collector.add(.maxLength, value, Messages.length(schema.pointee)) else { return false }
                }
            }
        }
        if rules.contains(.stringFormat), !schema.pointee.format.matches(text) {
            isValid = false
            let format = schema.pointee.format
            guard collector.add(.format(format.rawValue), value, Messages.format(format)) else { return false }
        }
        if rules.contains(.pattern), !matches(schema.pointee.pattern, text) {
            isValid = false
            guard collector.add(.pattern, value, Messages.pattern(pattern(schema.pointee.pattern))) else {
                return false
            }
        }
        return isValid
    }

    /// Whether a pattern of the table matches.
    @inline(__always)
    func matches(_ index: Int32, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        patterns[Int(index)]._withUnsafeGuaranteedRef { $0.matches(text) }
    }

    private func pattern(_ index: Int32) -> String {
        patterns[Int(index)]._withUnsafeGuaranteedRef { $0.source }
    }
}
