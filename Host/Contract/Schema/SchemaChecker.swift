import GantryJSON

/// Checks values against compiled schemas. A bundle of borrowed pointers: the table that made it must stay alive.
///
/// Recursion follows the value's nesting, which the scanner limits, and the schema's, which the compiler limits.
struct SchemaChecker {
    let nodes: UnsafePointer<SchemaNode>
    let entries: UnsafePointer<NameEntry>
    let slots: UnsafePointer<UInt16>
    let names: UnsafePointer<UInt8>
    let lists: UnsafePointer<Int32>
    let patterns: UnsafePointer<Unmanaged<Pattern>>
    /// Root of the document that the schemas stand in, for `const`, `enum` and messages.
    let literals: JSONValue
    /// Whether `additionalProperties: false` is enforced.
    var isClosed: Bool
    let trimsAll: Bool

    /// Checks `value` against one schema; true where it is valid.
    ///
    /// - Parameters:
    ///   - trims: Whether the policy trims the value's text.
    ///   - collector: Takes in what is broken; where it does not record, checking stops at the first fault.
    func check(_ index: SchemaIndex, _ value: JSONValue, trims: Bool, _ collector: inout FindingCollector) -> Bool {
        let schema = nodes + Int(index)
        let rules = schema.pointee.rules
        let kind = value.node.kind
        guard admits(schema, kind, value) else {
            _ = collector.add(rules.contains(.never) ? .never : .type, value, Messages.type(schema.pointee.types))
            return false
        }
        if rules.isEmpty { return true }
        let trims = trims && !rules.contains(.verbatim)
        var isValid = true
        if !rules.isDisjoint(with: .literals), !checkLiterals(schema, value, &collector) {
            // What a value listed elsewhere looks like need not be explained rule by rule.
            return false
        }
        switch kind {
        case JSONKind.number.rawValue:
            if !rules.isDisjoint(with: .numeric) { isValid = checkNumber(schema, value, &collector) }
        case JSONKind.string.rawValue:
            if !rules.isDisjoint(with: .textual) { isValid = checkString(schema, value, trims: trims, &collector) }
        case JSONKind.array.rawValue:
            if !rules.isDisjoint(with: .sequential) { isValid = checkArray(schema, value, trims: trims, &collector) }
        case JSONKind.object.rawValue:
            if !rules.isDisjoint(with: .structural) { isValid = checkObject(schema, value, trims: trims, &collector) }
        default: break
        }
        guard isValid || collector.isRecording else { return false }
        if !rules.isDisjoint(with: .combined), !checkCombined(schema, value, trims: trims, &collector) {
            isValid = false
        }
        return isValid
    }

    /// Whether the whole value is valid, without saying why not.
    func accepts(_ index: SchemaIndex, _ value: JSONValue, trims: Bool) -> Bool {
        var collector = FindingCollector(isRecording: false, for: value)
        return check(index, value, trims: trims, &collector) && collector.effort >= 0
    }

    /// Whether a value has one of several forms, as a part of a check. False where that takes too long, of which the
    /// collector knows.
    func accepts(_ index: SchemaIndex, _ value: JSONValue, trims: Bool, within outer: inout FindingCollector) -> Bool {
        if outer.isTooIntricate(value) { return false }
        var collector = FindingCollector(isRecording: false, effort: outer.effort)
        let isValid = check(index, value, trims: trims, &collector)
        outer.spend(as: collector)
        return isValid
    }

    /// Whether the value's type is one that the schema allows.
    @inline(__always)
    private func admits(_ schema: UnsafePointer<SchemaNode>, _ kind: UInt8, _ value: JSONValue) -> Bool {
        let types = schema.pointee.types
        if types == .all { return true }
        switch kind {
        case JSONKind.null.rawValue: return types.contains(.null)
        case JSONKind.number.rawValue:
            return types.contains(.number) || types.contains(.integer) && value.isIntegral
        case JSONKind.string.rawValue: return types.contains(.string)
        case JSONKind.array.rawValue: return types.contains(.array)
        case JSONKind.object.rawValue: return types.contains(.object)
        default: return types.contains(.boolean)
        }
    }

    /// The value at a place of the schemas' document.
    func literal(_ index: UInt32) -> JSONValue {
        JSONValue(bytes: literals.bytes, nodes: literals.nodes, index: Int(index))
    }

    /// The entry of a name as an index into its table, or -1.
    @inline(__always)
    func find(_ name: UnsafeBufferPointer<UInt8>, in table: NameTable) -> Int {
        var slot = NameArena.hash(name) & table.mask
        let slots = self.slots + Int(table.slots)
        while true {
            let number = Int(slots[Int(slot)])
            if number == 0 { return -1 }
            let entry = entries + Int(table.entries) + number - 1
            if Int(entry.pointee.nameLength) == name.count, equal(names + Int(entry.pointee.nameOffset), name) {
                return number - 1
            }
            slot = (slot + 1) & table.mask
        }
    }

    /// The entry of a name on the tape as an index into its table, or -1.
    @inline(__always)
    func find(_ name: JSONValue, in table: NameTable) -> Int {
        if !name.hasEscapes { return find(name.rawBytes, in: table) }
        return name.withText { find($0, in: table) } ?? -1
    }

    /// Compares as many bytes as `right` has. Names are short, so this beats a call.
    @inline(__always)
    private func equal(_ left: UnsafePointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let other = right.baseAddress else { return true }
        let first = UnsafeRawPointer(left)
        let second = UnsafeRawPointer(other)
        let count = right.count
        var index = 0
        while index + 8 <= count {
            if first.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                != second.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            {
                return false
            }
            index += 8
        }
        while index < count {
            if left[index] != other[index] { return false }
            index += 1
        }
        return true
    }

    private func checkLiterals(
        _ schema: UnsafePointer<SchemaNode>, _ value: JSONValue, _ collector: inout FindingCollector
    ) -> Bool {
        let rules = schema.pointee.rules
        if rules.contains(.const), !JSONEquality.equal(literal(schema.pointee.const), value) {
            return collector.add(.const, value, Messages.const(literal(schema.pointee.const))) && false
        }
        guard rules.contains(.enumeration) else { return true }
        let table = schema.pointee.enumerationNames
        if table.count > 0 {
            if value.node.kind == JSONKind.string.rawValue, find(value, in: table) >= 0 { return true }
        } else {
            for candidate in literal(schema.pointee.enumeration).elements where JSONEquality.equal(candidate, value) {
                return true
            }
        }
        return collector.add(.enumeration, value, Messages.enumeration(literal(schema.pointee.enumeration))) && false
    }
}
