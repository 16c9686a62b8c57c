import GantryJSON

/// An operation whose schemas are compiled but not yet frozen into a table.
struct OperationDraft {
    var id = ""
    var method = ""
    var path = ""
    var pathParameterNames: [String] = []
    var role: String?
    var security: [String] = []
    var isPublic = false
    var parameters: [ParameterDraft] = []
    var requestBody: RequestBody?
    var responses: [String: ResponseDraft] = [:]
    var definition = 0
}

/// A parameter whose schema is compiled but not yet frozen into a table.
struct ParameterDraft {
    let name: String
    let location: Finding.Location
    let isRequired: Bool
    let schema: SchemaIndex
    /// The separator where a list is not written by repetition.
    let separator: UInt8?
    /// Where it is declared.
    let pointer: String

    /// The parameter, with the types that its text may stand for.
    func finish(_ table: SchemaTable) -> Parameter {
        let admitted = table.nodes[Int(schema)].admittedTypes
        let isList = admitted.contains(.array)
        var types = admitted
        if isList { types = table.elementTypes(of: schema) ?? .string }
        return Parameter(
            name: name, location: location, isRequired: isRequired,
            style: !isList ? .single : separator.map { .separated($0) } ?? .repeated, schema: schema, types: types,
            isTrimmed: table.trims(field: name))
    }
}

extension SchemaTable {
    /// Whether the policy trims the text of a parameter of this name.
    fileprivate func trims(field name: String) -> Bool {
        switch policy.trimming {
        case .none: false
        case .all: true
        case .fields(let fields): fields.contains(name)
        }
    }

    /// Types of the elements of a list, as the schema or one that it combines says.
    fileprivate func elementTypes(of schema: SchemaIndex) -> TypeSet? {
        let node = nodes[Int(schema)]
        if node.items >= 0 { return nodes[Int(node.items)].admittedTypes }
        if node.reference >= 0 { return elementTypes(of: node.reference) }
        for list in [node.allOf, node.anyOf, node.oneOf] {
            for branch in checker.branches(list) {
                if let types = elementTypes(of: branch) { return types }
            }
        }
        return nil
    }
}
