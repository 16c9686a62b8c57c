import GantryCore
import GantryJSON
import GantryLoader

/// Brings findings of host and module into the order of the request: the query first, then the body as written.
enum FindingOrder {
    static func sorted(
        _ findings: [FieldFinding], body: UnsafeRawBufferPointer, nodes: [JSONNode], _ context: RequestContext
    ) -> [FieldFinding] {
        nodes.withUnsafeBufferPointer { nodes in
            var document: JSONValue?
            if let bytes = body.assumingMemoryBound(to: UInt8.self).baseAddress, let tape = nodes.baseAddress,
                !nodes.isEmpty
            {
                document = JSONValue(bytes: bytes, nodes: tape)
            }
            let keyed = findings.enumerated().map { index, finding in
                (place: place(of: finding.field, document, context), index: index, finding: finding)
            }
            return keyed.sorted { ($0.place, $0.index) < ($1.place, $1.index) }.map(\.finding)
        }
    }

    /// Position of a field: below zero in the query, else the node that its path leads to, or leads nearest to.
    private static func place(of field: String, _ document: JSONValue?, _ context: RequestContext) -> Int {
        guard let document else { return 0 }
        var value = document
        var depth = 0
        for part in field.split(separator: ".") {
            let next = value.kind == .array ? Int(part).flatMap { value[$0] } : value[String(part)]
            guard let next else { break }
            value = next
            depth += 1
        }
        if depth > 0 { return value.index }
        let queryIndex = context.request.query.firstIndex { parameter in
            let range = parameter.name
            return context.request.text[range.start..<range.start + range.count].elementsEqual(field.utf8)
        }
        return queryIndex.map { $0 - context.request.query.count } ?? 0
    }
}
