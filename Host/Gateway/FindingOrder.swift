import GantryCore
import GantryJSON
import GantryLoader

/// Brings findings of host and module into the order of the request: the query first, then headers, then the body as
/// written, in which what is missing comes after the members of its object.
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
                (place: place(of: finding, document, context), index: index, finding: finding)
            }
            return keyed.sorted { left, right in
                (left.place.part, left.place.position, left.index) < (
                    right.place.part, right.place.position, right.index
                )
            }.map(\.finding)
        }
    }

    private static func place(
        of finding: FieldFinding, _ document: JSONValue?, _ context: RequestContext
    ) -> (part: Int, position: Int) {
        switch finding.location {
        case .query:
            // Of a list the element is named too: `ids.1`.
            let list = finding.field.prefix { $0 != "." }
            let position = context.request.query.firstIndex { parameter in
                let range = parameter.name
                let name = context.request.text[range.start..<range.start + range.count]
                return name.elementsEqual(finding.field.utf8) || name.elementsEqual(list.utf8)
            }
            return (0, position ?? .max)
        case .header: return (1, 0)
        case .body: return (2, document.map { position(of: finding.field, in: $0) } ?? 0)
        }
    }

    /// Twice the node that a path leads to; where it leads nowhere, the end of the value that it leads nearest to.
    private static func position(of field: String, in document: JSONValue) -> Int {
        var value = document
        for part in field.split(separator: ".") {
            let next = value.kind == .array ? Int(part).flatMap { value[$0] } : value[String(part)]
            guard let next else { return 2 * Int(value.node.next) }
            value = next
        }
        return 2 * value.index
    }
}
