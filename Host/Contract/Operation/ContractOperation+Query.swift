extension ContractOperation {
    /// Where the value of a query parameter lies.
    private struct Occurrence {
        var start = -1
        var end = 0
        var count = 0
    }

    /// Checks the declared parameters against a query.
    func checkQuery(_ query: UnsafeBufferPointer<UInt8>, _ findings: inout [Finding]) {
        let mark = findings.count
        withUnsafeTemporaryAllocation(of: Occurrence.self, capacity: queryParameters.count) { occurrences in
            occurrences.initialize(repeating: Occurrence())
            Self.forEachPair(query) { name, value in
                guard let position = position(ofParameter: name, in: query) else { return }
                occurrences[position].start = value.lowerBound
                occurrences[position].end = value.upperBound
                occurrences[position].count += 1
            }
            for (position, parameter) in queryParameters.enumerated() {
                let occurrence = occurrences[position]
                if occurrence.count == 0 {
                    if parameter.isRequired { findings.append(Self.missing(parameter, order: query.count + 1)) }
                } else if parameter.style == .repeated {
                    checkRepeated(parameter, position, query, &findings)
                } else {
                    let text = UnsafeBufferPointer(rebasing: query[occurrence.start..<occurrence.end])
                    Self.withDecoded(text) {
                        table.check(parameter, text: $0, order: occurrence.start, into: &findings)
                    }
                }
            }
        }
        guard findings.count > mark + 1 else { return }
        findings[mark...].sort { $0.order < $1.order }
    }

    private func checkRepeated(
        _ parameter: Parameter, _ position: Int, _ query: UnsafeBufferPointer<UInt8>, _ findings: inout [Finding]
    ) {
        var text: [UInt8] = []
        var ranges: [Range<Int>] = []
        var order = 0
        Self.forEachPair(query) { name, value in
            guard self.position(ofParameter: name, in: query) == position else { return }
            if ranges.isEmpty { order = value.lowerBound }
            let start = text.count
            Self.withDecoded(UnsafeBufferPointer(rebasing: query[value])) { text.append(contentsOf: $0) }
            ranges.append(start..<text.count)
        }
        text.withUnsafeBufferPointer {
            table.check(parameter, text: $0, elements: ranges, order: order, into: &findings)
        }
    }

    private func position(ofParameter name: Range<Int>, in query: UnsafeBufferPointer<UInt8>) -> Int? {
        Self.withDecoded(UnsafeBufferPointer(rebasing: query[name])) { decoded in
            queryParameters.firstIndex { $0.name.utf8.elementsEqual(decoded) }
        }
    }

    /// Calls `body` with the places of name and value of each pair; a name without `=` has an empty value.
    private static func forEachPair(
        _ query: UnsafeBufferPointer<UInt8>, _ body: (_ name: Range<Int>, _ value: Range<Int>) -> Void
    ) {
        var start = 0
        while start < query.count {
            var end = start
            var equals = -1
            while end < query.count, query[end] != UInt8(ascii: "&") {
                if equals < 0, query[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if end > start {
                body(start..<(equals < 0 ? end : equals), (equals < 0 ? end : equals + 1)..<end)
            }
            start = end + 1
        }
    }

    /// Calls `body` with a part of the query without percent-encoding, copied only where there is any.
    private static func withDecoded<Result>(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        guard text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return body(text) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { output in
            // A text with an encoded byte is not empty, so there is always an address.
            guard let start = output.baseAddress else { return body(text) }
            let count = PercentEncoding.decode(text, plusIsSpace: true, into: start)
            return body(UnsafeBufferPointer(start: start, count: count))
        }
    }
}
