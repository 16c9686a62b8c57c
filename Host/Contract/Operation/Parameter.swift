import GantryJSON

/// A declared parameter of an operation.
struct Parameter: Sendable {
    /// How a list of values is written.
    enum Style: Sendable, Equatable {
        /// One value, no list.
        case single
        /// The parameter occurs once for each element.
        case repeated
        /// The elements stand in one value, with this byte between them.
        case separated(UInt8)
    }

    let name: String
    let location: Finding.Location
    let isRequired: Bool
    let style: Style
    let schema: SchemaIndex
    /// Types that the value, or an element of the list, may have.
    let types: TypeSet
    let isTrimmed: Bool
}

/// Reading of parameter values: text becomes the JSON value that its schema asks for.
extension SchemaTable {
    /// Records what is wrong with the decoded text of a parameter.
    func check(
        _ parameter: Parameter, text: UnsafeBufferPointer<UInt8>, order: Int, into findings: inout [Finding]
    ) {
        guard !refuseText(parameter, text, order, &findings) else { return }
        if case .separated(let separator) = parameter.style {
            checkSeparated(parameter, text, separator, order, &findings)
            return
        }
        withUnsafeTemporaryAllocation(of: JSONNode.self, capacity: 1) { room in
            guard let tape = room.baseAddress else { return }
            tape.initialize(
                to: ParameterText.node(text, offset: 0, types: parameter.types))
            if accepts(parameter, tape, text) { return }
            if tape[0].kind == JSONKind.number.rawValue, parameter.types.contains(.string) {
                // What looks like a number may still be meant as text.
                tape[0] = ParameterText.node(text, offset: 0, types: .string)
                if accepts(parameter, tape, text) { return }
            }
            report(parameter, tape, text, order, &findings)
        }
    }

    /// Records what is wrong with a list whose elements are `ranges` of `text`.
    func check(
        _ parameter: Parameter, text: UnsafeBufferPointer<UInt8>, elements ranges: [Range<Int>], order: Int,
        into findings: inout [Finding]
    ) {
        guard !refuseText(parameter, text, order, &findings) else { return }
        withUnsafeTemporaryAllocation(of: JSONNode.self, capacity: ranges.count + 1) { room in
            guard let tape = room.baseAddress else { return }
            tape.initialize(
                to: JSONNode(
                    offset: 0, length: UInt32(text.count), next: UInt32(ranges.count + 1), count: UInt32(ranges.count),
                    kind: .array, flags: 0))
            for (position, range) in ranges.enumerated() {
                var node = ParameterText.node(
                    UnsafeBufferPointer(rebasing: text[range]), offset: UInt32(range.lowerBound), types: parameter.types
                )
                node.next = UInt32(position + 2)
                (tape + position + 1).initialize(to: node)
            }
            if !accepts(parameter, tape, text) { report(parameter, tape, text, order, &findings) }
        }
    }

    private func checkSeparated(
        _ parameter: Parameter, _ text: UnsafeBufferPointer<UInt8>, _ separator: UInt8, _ order: Int,
        _ findings: inout [Finding]
    ) {
        var ranges: [Range<Int>] = []
        var start = 0
        for index in 0...text.count where index == text.count || text[index] == separator {
            ranges.append(start..<index)
            start = index + 1
        }
        // No text at all is an empty list, not a list of one empty text.
        if text.isEmpty { ranges = [] }
        check(parameter, text: text, elements: ranges, order: order, into: &findings)
    }

    /// Records text that can have no meaning whatever the schema says; true where it did.
    private func refuseText(
        _ parameter: Parameter, _ text: UnsafeBufferPointer<UInt8>, _ order: Int, _ findings: inout [Finding]
    ) -> Bool {
        func refuse(_ keyword: Keyword, _ message: String) -> Bool {
            findings.append(
                Finding(
                    location: parameter.location, path: parameter.name, keyword: keyword, message: message, order: order
                ))
            return true
        }
        if !UTF8Text.isValid(text) { return refuse(.type, "must be text in UTF-8") }
        guard policy.refusesControlCharacters, UTF8Text.hasControlCharacter(text) else { return false }
        return refuse(.controlCharacter, "must not hold control characters other than tab and line feed")
    }

    private func accepts(
        _ parameter: Parameter, _ tape: UnsafeMutablePointer<JSONNode>, _ text: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        checker.accepts(parameter.schema, ParameterText.value(tape, text), trims: parameter.isTrimmed)
    }

    private func report(
        _ parameter: Parameter, _ tape: UnsafeMutablePointer<JSONNode>, _ text: UnsafeBufferPointer<UInt8>,
        _ order: Int, _ findings: inout [Finding]
    ) {
        let value = ParameterText.value(tape, text)
        var collector = FindingCollector(isRecording: true, for: value)
        _ = checker.check(parameter.schema, value, trims: parameter.isTrimmed, &collector)
        for finding in collector.findings(root: value, location: parameter.location, prefix: parameter.name) {
            findings.append(
                Finding(
                    location: finding.location, path: finding.path, keyword: finding.keyword, message: finding.message,
                    order: order))
        }
    }
}
