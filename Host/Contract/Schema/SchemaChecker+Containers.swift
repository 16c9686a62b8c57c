import GantryJSON

extension SchemaChecker {
    /// Checks the rules on arrays and their elements.
    func checkArray(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector
    ) -> Bool {
        let rules = schema.pointee.rules
        var isValid = true
        if rules.contains(.itemCount) {
            if value.count < Int(schema.pointee.minItems) {
                isValid = false
                guard collector.add(.minItems, value, Messages.itemCount(schema.pointee)) else { return false }
            }
            if value.count > Int(schema.pointee.maxItems) {
                isValid = false
                guard collector.add(.maxItems, value, Messages.itemCount(schema.pointee)) else { return false }
            }
        }
        if rules.contains(.uniqueItems), JSONEquality.hasRepetition(value) {
            isValid = false
            guard collector.add(.uniqueItems, value, "must not repeat an element") else { return false }
        }
        if rules.contains(.contains) {
            var count = 0
            for element in value.elements
            where accepts(schema.pointee.contains, element, trims: trims, within: &collector) {
                count += 1
            }
            if count < Int(schema.pointee.minContains) || count > Int(schema.pointee.maxContains) {
                isValid = false
                guard collector.add(.contains, value, Messages.contains(schema.pointee)) else { return false }
            }
        }
        if rules.contains(.items), !checkElements(schema, value, trims: trims, &collector) { isValid = false }
        return isValid
    }

    private func checkElements(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector
    ) -> Bool {
        let prefix = schema.pointee.prefixItems
        let items = schema.pointee.items
        var isValid = true
        var position: UInt32 = 0
        var element = value.index + 1
        let end = Int(value.node.next)
        while element < end {
            let current = JSONValue(bytes: value.bytes, nodes: value.nodes, index: element)
            let rule = position < prefix.count ? lists[Int(prefix.start + position)] : items
            if rule >= 0, !check(rule, current, trims: trims, &collector) {
                isValid = false
                guard collector.isRecording else { return false }
            }
            position += 1
            element = Int(current.node.next)
        }
        return isValid
    }

    /// Checks the rules on objects and their members.
    func checkObject(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector
    ) -> Bool {
        let rules = schema.pointee.rules
        var shadowed: Set<Int> = []
        if rules.contains(.needsDistinctMembers) { shadowed = JSONEquality.shadowedNames(of: value) }
        var isValid = true
        if rules.contains(.memberCount) {
            let count = value.count - shadowed.count
            if count < Int(schema.pointee.minProperties) {
                isValid = false
                guard collector.add(.minProperties, value, Messages.memberCount(schema.pointee)) else { return false }
            }
            if count > Int(schema.pointee.maxProperties) {
                isValid = false
                guard collector.add(.maxProperties, value, Messages.memberCount(schema.pointee)) else { return false }
            }
        }
        if rules.contains(.members) {
            let mark = collector.entries.count
            var isRepeating = false
            var areValid = checkMembers(schema, value, trims: trims, shadowed, &isRepeating, &collector)
            if isRepeating, !collector.isTooIntricate(value) {
                // The last of equal names counts, and one that does not count was already checked.
                collector.truncate(to: mark)
                shadowed = JSONEquality.shadowedNames(of: value)
                areValid = checkMembers(schema, value, trims: trims, shadowed, &isRepeating, &collector)
            }
            if !areValid { isValid = false }
        }
        guard isValid || collector.isRecording else { return false }
        if rules.contains(.propertyNames), !checkNames(schema, value, &collector) { isValid = false }
        if rules.contains(.dependentRequired), !checkDependentRequired(schema, value, &collector) { isValid = false }
        if rules.contains(.dependentSchemas) {
            for position in stride(from: 0, to: schema.pointee.dependentSchemas.count, by: 2) {
                let start = Int(schema.pointee.dependentSchemas.start + position)
                guard member(of: value, namedLike: literal(UInt32(lists[start]))) != nil else { continue }
                if !check(lists[start + 1], value, trims: trims, &collector) { isValid = false }
            }
        }
        return isValid
    }

    /// Checks the members one by one, then looks for those that are missing.
    ///
    /// - Parameters:
    ///   - shadowed: Names to leave out, since they occur again later.
    ///   - isRepeating: Set where a name turns out to occur twice; the outcome is void then.
    private func checkMembers(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, trims: Bool, _ shadowed: Set<Int>,
        _ isRepeating: inout Bool, _ collector: inout FindingCollector
    ) -> Bool {
        let table = schema.pointee.properties
        let isPlain = !schema.pointee.rules.contains(.needsDistinctMembers)
        var isValid = true
        var seen: UInt64 = 0
        var nameIndex = value.index + 1
        let end = Int(value.node.next)
        while nameIndex < end {
            let name = JSONValue(bytes: value.bytes, nodes: value.nodes, index: nameIndex)
            let member = JSONValue(bytes: value.bytes, nodes: value.nodes, index: nameIndex + 1)
            nameIndex = Int(member.node.next)
            if !shadowed.isEmpty, shadowed.contains(name.index) { continue }
            let found = find(name, in: table)
            if found >= 0 {
                let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: found)
                if found < 64, isPlain, shadowed.isEmpty, seen & bit != 0 {
                    isRepeating = true
                    return false
                }
                if found < 64 { seen |= bit }
                let entry = entries + Int(table.entries) + found
                let rule = entry.pointee.schema
                if rule >= 0, !check(rule, member, trims: trimsAll && trims || entry.pointee.isTrimmed, &collector) {
                    isValid = false
                }
                if isPlain {
                    guard isValid || collector.isRecording else { break }
                    continue
                }
            }
            if !checkFurther(schema, name, member, isKnown: found >= 0, trims: trims, &collector) { isValid = false }
            guard isValid || collector.isRecording else { break }
        }
        return checkRequired(schema, value, seen, &collector) && isValid
    }

    /// Checks a member against the schemas for names that match a pattern, or for names that are not listed.
    private func checkFurther(
        _ schema: UnsafePointer<SchemaNode>, _ name: JSONValue, _ member: JSONValue, isKnown: Bool, trims: Bool,
        _ collector: inout FindingCollector
    ) -> Bool {
        let trims = trims && trimsAll
        var isKnown = isKnown
        var isValid = true
        let byPattern = schema.pointee.patternProperties
        for position in stride(from: 0, to: byPattern.count, by: 2) {
            let start = Int(byPattern.start + position)
            guard name.withText({ matches(lists[start], $0) }) == true else { continue }
            isKnown = true
            if !check(lists[start + 1], member, trims: trims, &collector) { isValid = false }
        }
        if isKnown { return isValid }
        if schema.pointee.rules.contains(.closed) {
            guard isClosed else { return isValid }
            return collector.add(.additionalProperties, name, "is not a known field") && false
        }
        let rule = schema.pointee.additionalProperties
        if rule >= 0, !check(rule, member, trims: trims, &collector) { isValid = false }
        return isValid
    }

    private func checkRequired(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, _ seen: UInt64, _ collector: inout FindingCollector
    ) -> Bool {
        let table = schema.pointee.properties
        let missing = schema.pointee.requiredMask & ~seen
        if missing == 0 && table.count <= 64 { return true }
        var isValid = true
        for position in 0..<Int(table.count) {
            let entry = entries[Int(table.entries) + position]
            guard entry.isRequired else { break }
            let name = UnsafeBufferPointer(start: names + Int(entry.nameOffset), count: Int(entry.nameLength))
            if position < 64 ? missing & (1 << UInt64(position)) == 0 : value.member(named: name) != nil { continue }
            isValid = false
            guard collector.addMissing(.required, String(decoding: name, as: UTF8.self), in: value) else {
                return false
            }
        }
        return isValid
    }

    private func checkNames(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, _ collector: inout FindingCollector
    ) -> Bool {
        var isValid = true
        for (name, _) in value.members
        where !accepts(schema.pointee.propertyNames, name, trims: false, within: &collector) {
            isValid = false
            guard collector.isRecording else { return false }
            var detail = FindingCollector(isRecording: true, effort: collector.effort)
            _ = check(schema.pointee.propertyNames, name, trims: false, &detail)
            collector.spend(as: detail)
            let rule = detail.entries.first?.message ?? "is not allowed"
            guard collector.add(.propertyNames, name, "has a name that \(rule)") else { return false }
        }
        return isValid
    }

    private func checkDependentRequired(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, _ collector: inout FindingCollector
    ) -> Bool {
        var isValid = true
        for (trigger, demanded) in literal(schema.pointee.dependentRequired).members
        where member(of: value, namedLike: trigger) != nil {
            for name in demanded.elements where member(of: value, namedLike: name) == nil {
                isValid = false
                guard collector.addMissing(.dependentRequired, name.string ?? "", in: value) else { return false }
            }
        }
        return isValid
    }

    private func member(of value: JSONValue, namedLike name: JSONValue) -> JSONValue? {
        name.withText { value.member(named: $0) } ?? nil
    }
}
