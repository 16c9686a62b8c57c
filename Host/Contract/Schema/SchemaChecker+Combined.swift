import GantryJSON

extension SchemaChecker {
    /// Checks the rules that apply further schemas to the same value.
    func checkCombined(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector
    ) -> Bool {
        let rules = schema.pointee.rules
        var isValid = true
        if rules.contains(.reference), !check(schema.pointee.reference, value, trims: trims, &collector) {
            isValid = false
        }
        guard isValid || collector.isRecording else { return false }
        if rules.contains(.allOf) {
            for branch in branches(schema.pointee.allOf) where !check(branch, value, trims: trims, &collector) {
                isValid = false
                guard collector.isRecording else { return false }
            }
        }
        if rules.contains(.anyOf), !checkAnyOf(schema.pointee.anyOf, value, trims: trims, &collector) {
            isValid = false
        }
        guard isValid || collector.isRecording else { return false }
        if rules.contains(.oneOf), !checkOneOf(schema.pointee.oneOf, value, trims: trims, &collector) {
            isValid = false
        }
        guard isValid || collector.isRecording else { return false }
        if rules.contains(.not), accepts(schema.pointee.not, value, trims: trims, within: &collector) {
            isValid = false
            guard collector.add(.not, value, "has a form that is not allowed") else { return false }
        }
        if rules.contains(.conditional) {
            let holds = accepts(schema.pointee.condition, value, trims: trims, within: &collector)
            let rule = holds ? schema.pointee.consequence : schema.pointee.alternative
            if rule >= 0, !check(rule, value, trims: trims, &collector) { isValid = false }
        }
        return isValid
    }

    /// The schemas of a list.
    func branches(_ list: SchemaList) -> UnsafeBufferPointer<Int32> {
        UnsafeBufferPointer(start: lists + Int(list.start), count: Int(list.count))
    }

    private func checkAnyOf(
        _ list: SchemaList, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector
    ) -> Bool {
        let type = TypeSet.roughly(value)
        for branch in branches(list) where !nodes[Int(branch)].admittedTypes.isDisjoint(with: type) {
            if accepts(branch, value, trims: trims, within: &collector) { return true }
        }
        if collector.isRecording { explain(list, .anyOf, value, trims: trims, &collector) }
        return false
    }

    private func checkOneOf(
        _ list: SchemaList, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector
    ) -> Bool {
        let type = TypeSet.roughly(value)
        var matches = 0
        for branch in branches(list) where !nodes[Int(branch)].admittedTypes.isDisjoint(with: type) {
            if accepts(branch, value, trims: trims, within: &collector) { matches += 1 }
        }
        if matches > 1, !isClosed {
            // Members that the policy lets pass may have been what told the branches apart.
            var strict = self
            strict.isClosed = true
            var exact = 0
            for branch in branches(list) where strict.accepts(branch, value, trims: trims, within: &collector) {
                exact += 1
            }
            if exact <= 1 { return true }
        }
        if matches == 1 { return true }
        if matches > 1 {
            return collector.add(.oneOf, value, "matches more than one of the forms that exclude each other") && false
        }
        if collector.isRecording { explain(list, .oneOf, value, trims: trims, &collector) }
        return false
    }

    /// Records why a value has none of several forms, in terms of the form that it most likely was meant to have.
    private func explain(
        _ list: SchemaList, _ keyword: Keyword, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector
    ) {
        if collector.effort < 0 { return }
        let type = TypeSet.of(value)
        let candidates = branches(list).filter { nodes[Int($0)].admittedTypes.contains(type) }
        guard !candidates.isEmpty else {
            let types = branches(list).reduce(TypeSet()) { $0.union(nodes[Int($1)].admittedTypes) }
            _ = collector.add(.type, value, Messages.type(types))
            return
        }
        if candidates.count == 1 {
            _ = check(candidates[0], value, trims: trims, &collector)
            return
        }
        var attempts: [FindingCollector] = []
        for branch in candidates where !collector.isTooIntricate(value) {
            var attempt = FindingCollector(isRecording: true, effort: collector.effort)
            _ = check(branch, value, trims: trims, &attempt)
            collector.spend(as: attempt)
            attempts.append(attempt)
        }
        // A wrong literal at the value or directly below it says that another form was meant.
        let meant = attempts.filter { attempt in !attempt.entries.contains { isDiscriminating($0, below: value) } }
        guard let best = meant.min(by: { $0.entries.count < $1.entries.count }) else {
            explainLiterals(attempts, keyword, value, &collector)
            return
        }
        _ = collector.append(contentsOf: best)
    }

    /// Records that a value matches no form because of the literals in it: those of one member, where all forms differ
    /// in the same one.
    private func explainLiterals(
        _ attempts: [FindingCollector], _ keyword: Keyword, _ value: JSONValue, _ collector: inout FindingCollector
    ) {
        let places = attempts.map { attempt in attempt.entries.first { isDiscriminating($0, below: value) } }
        if let first = places.first ?? nil, places.allSatisfy({ $0?.node == first.node }) {
            let allowed = places.compactMap { $0?.message }.map { message in
                message.hasPrefix(Messages.literalPrefix)
                    ? String(message.dropFirst(Messages.literalPrefix.count)) : message
            }
            let place = JSONValue(bytes: value.bytes, nodes: value.nodes, index: first.node)
            let list = allowed.map { $0.hasPrefix("one of ") ? String($0.dropFirst(7)) : $0 }.joined(separator: ", ")
            _ = collector.add(.enumeration, place, "\(Messages.literalPrefix)one of \(list)")
        } else {
            _ = collector.add(keyword, value, "has none of the allowed forms")
        }
    }

    private func isDiscriminating(_ entry: FindingCollector.Entry, below value: JSONValue) -> Bool {
        guard entry.keyword == .const || entry.keyword == .enumeration else { return false }
        if entry.node == value.index { return true }
        return value.members.contains { $0.value.index == entry.node }
    }
}
