import GantryJSON

/// Compiles the schemas of one document; each place is compiled once, however many references lead to it.
struct SchemaCompiler {
    private static let maximumDepth = 400
    /// Levels of schemas that may apply to one value; together with the value's nesting it bounds the stack of a check.
    private static let maximumHeight = 64
    /// Dialects of JSON Schema that mean the one that is implemented.
    static let dialects: Set<String> = [
        "https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base",
    ]
    /// Keywords that say nothing about which values are valid.
    private static let annotations: Set<String> = [
        "$comment", "$defs", "title", "description", "default", "example", "examples", "deprecated",
        "readOnly", "writeOnly", "externalDocs", "discriminator", "xml", "contentMediaType", "contentEncoding",
        "contentSchema", "then", "else", "minContains", "maxContains", "x-verbatim",
    ]

    let document: JSONDocument
    let policy: CheckPolicy
    private(set) var nodes: [SchemaNode] = []
    private(set) var lists: [Int32] = []
    private(set) var patterns: [Pattern] = []
    var names = NameArena()
    private var pointers: [String] = []
    private var targets: [String: SchemaIndex] = [:]
    private var compiled: [Int: SchemaIndex] = [:]
    private var depth = 0

    init(document: JSONDocument, policy: CheckPolicy) {
        self.document = document
        self.policy = policy
    }

    /// Compiles the schema at `value`, which `pointer` leads to.
    mutating func compile(_ value: JSONValue, at pointer: String) throws(ContractError) -> SchemaIndex {
        if let known = compiled[value.index] { return known }
        guard depth < Self.maximumDepth else {
            throw ContractError(
                code: .reference, message: "The schemas refer to each other too deeply", pointer: pointer)
        }
        depth += 1
        defer { depth -= 1 }
        let index = SchemaIndex(nodes.count)
        nodes.append(SchemaNode())
        pointers.append(pointer)
        compiled[value.index] = index
        nodes[Int(index)] = try compileNode(value, at: pointer)
        return index
    }

    /// Freezes the compiled schemas.
    consuming func finish() throws(ContractError) -> SchemaTable {
        try resolveAdmittedTypes()
        return SchemaTable(self)
    }

    private mutating func compileNode(_ value: JSONValue, at pointer: String) throws(ContractError) -> SchemaNode {
        var node = SchemaNode()
        switch value.kind {
        case .true: return node
        case .false:
            node.rules = .never
            node.types = []
            return node
        case .object: break
        default:
            throw ContractError(code: .malformed, message: "A schema must be an object or a boolean", pointer: pointer)
        }
        for member in value.members {
            let keyword = member.name.string ?? ""
            let place = SchemaPlace(value: member.value, keyword: keyword, parent: value, parentPointer: pointer)
            if try compileScalarKeyword(place, into: &node) { continue }
            if try compileSchemaKeyword(place, into: &node) { continue }
            if Self.annotations.contains(keyword) || keyword.hasPrefix("x-") { continue }
            throw place.error(.unsupportedKeyword, "The schema keyword \"\(keyword)\" is not supported")
        }
        if value["x-verbatim"]?.bool == true { node.rules.insert(.verbatim) }
        try compileMembers(of: value, at: pointer, into: &node)
        return node
    }

    /// Compiles keywords whose values are schemas; false where the keyword is none of them.
    private mutating func compileSchemaKeyword(
        _ place: SchemaPlace, into node: inout SchemaNode
    ) throws(ContractError) -> Bool {
        switch place.keyword {
        case "$schema":
            guard Self.dialects.contains(try place.string()) else {
                throw place.error(.unsupportedKeyword, "The dialect \"\(try place.string())\" is not supported")
            }
        case "$ref":
            node.reference = try compileReference(place)
            node.rules.insert(.reference)
        case "allOf": (node.allOf, _) = (try compileList(place), node.rules.insert(.allOf))
        case "anyOf": (node.anyOf, _) = (try compileList(place), node.rules.insert(.anyOf))
        case "oneOf": (node.oneOf, _) = (try compileList(place), node.rules.insert(.oneOf))
        case "not": (node.not, _) = (try compile(place), node.rules.insert(.not))
        case "if":
            node.condition = try compile(place)
            if let then = place.sibling("then") { node.consequence = try compile(then) }
            if let otherwise = place.sibling("else") { node.alternative = try compile(otherwise) }
            node.rules.insert(.conditional)
        case "items": (node.items, _) = (try compile(place), node.rules.insert(.items))
        case "prefixItems": (node.prefixItems, _) = (try compileList(place), node.rules.insert(.items))
        case "contains":
            node.contains = try compile(place)
            if let minimum = place.sibling("minContains") { node.minContains = try minimum.count() }
            if let maximum = place.sibling("maxContains") { node.maxContains = try maximum.count() }
            node.rules.insert(.contains)
        case "propertyNames": (node.propertyNames, _) = (try compile(place), node.rules.insert(.propertyNames))
        case "dependentSchemas":
            var pairs: [Int32] = []
            for member in try place.members() {
                pairs.append(Int32(member.value.index - 1))
                pairs.append(try compile(member))
            }
            node.dependentSchemas = append(pairs)
            node.rules.insert(.dependentSchemas)
        case "patternProperties":
            var pairs: [Int32] = []
            for member in try place.members() {
                pairs.append(try compilePattern(member.keyword, at: member))
                pairs.append(try compile(member))
            }
            node.patternProperties = append(pairs)
            node.rules.formUnion([.members, .needsDistinctMembers])
        default: return false
        }
        return true
    }

    /// Compiles what `properties`, `required` and `additionalProperties` say together.
    private mutating func compileMembers(
        of value: JSONValue, at pointer: String, into node: inout SchemaNode
    ) throws(ContractError) {
        var required: Set<String> = []
        var names: [String] = []
        if let list = SchemaPlace(member: "required", of: value, at: pointer) {
            for name in try list.strings() where required.insert(name).inserted { names.append(name) }
            node.rules.insert(.members)
        }
        var schemas: [String: SchemaIndex] = [:]
        if let properties = SchemaPlace(member: "properties", of: value, at: pointer) {
            for member in try properties.members() {
                schemas[member.keyword] = try compile(member)
                if !required.contains(member.keyword) { names.append(member.keyword) }
            }
            node.rules.insert(.members)
        }
        if let additional = SchemaPlace(member: "additionalProperties", of: value, at: pointer) {
            switch additional.value.kind {
            case .true: break
            case .false: node.rules.formUnion([.members, .closed])
            default:
                node.additionalProperties = try compile(additional)
                node.rules.formUnion([.members, .needsDistinctMembers])
            }
        }
        guard names.count < Int(UInt16.max) else {
            throw ContractError(code: .malformed, message: "An object has too many properties", pointer: pointer)
        }
        var trimmed: Set<String> = []
        if case .fields(let fields) = policy.trimming { trimmed = fields }
        node.properties = self.names.add(
            names.map { ($0, schemas[$0] ?? -1, required.contains($0), trimmed.contains($0)) })
        if names.count > 64 { node.rules.insert(.needsDistinctMembers) }
        for position in 0..<min(required.count, 64) { node.requiredMask |= 1 << UInt64(position) }
    }

    private mutating func compile(_ place: SchemaPlace) throws(ContractError) -> SchemaIndex {
        try compile(place.value, at: place.pointer)
    }

    private mutating func compileList(_ place: SchemaPlace) throws(ContractError) -> SchemaList {
        var indices: [Int32] = []
        for element in try place.elements() { indices.append(try compile(element)) }
        return append(indices)
    }

    private mutating func compileReference(_ place: SchemaPlace) throws(ContractError) -> SchemaIndex {
        guard let reference = place.value.string else { throw place.error(.malformed, "A $ref must be a string") }
        if let known = targets[reference] { return known }
        guard let target = JSONPointer.resolve(reference, in: document.root) else {
            throw place.error(.reference, "The reference \"\(reference)\" leads nowhere in this document")
        }
        let index = try compile(target, at: String(reference.dropFirst()))
        targets[reference] = index
        return index
    }

    /// Adds the pattern and returns its index.
    mutating func compilePattern(_ source: String, at place: SchemaPlace) throws(ContractError) -> Int32 {
        if let known = patterns.firstIndex(where: { $0.source == source }) { return Int32(known) }
        do {
            patterns.append(try Pattern(source))
        } catch {
            throw place.error(.pattern, error.message)
        }
        return Int32(patterns.count - 1)
    }

    /// Whether two schemas are one, perhaps through a reference.
    func isSame(_ first: SchemaIndex, _ second: SchemaIndex) -> Bool {
        func target(_ index: SchemaIndex) -> SchemaIndex {
            nodes[Int(index)].rules == .reference ? nodes[Int(index)].reference : index
        }
        return target(first) == target(second)
    }

    private mutating func append(_ indices: [Int32]) -> SchemaList {
        defer { lists += indices }
        return SchemaList(start: UInt32(lists.count), count: UInt32(indices.count))
    }

    /// Finds the types that each schema leaves possible, and refuses schemas that lead back to themselves without
    /// going down into the value.
    private mutating func resolveAdmittedTypes() throws(ContractError) {
        var heights = [Int](repeating: 0, count: nodes.count)
        for index in nodes.indices { try resolveAdmittedTypes(of: SchemaIndex(index), &heights) }
    }

    /// - Parameter heights: For each schema how many levels of schemas it applies to the same value; 0 where that is
    ///   not known yet and negative while it is being found out.
    private mutating func resolveAdmittedTypes(of index: SchemaIndex, _ heights: inout [Int]) throws(ContractError) {
        guard heights[Int(index)] <= 0 else { return }
        guard heights[Int(index)] == 0 else {
            throw ContractError(
                code: .reference, message: "A schema leads back to itself endlessly", pointer: pointers[Int(index)])
        }
        heights[Int(index)] = -1
        let node = nodes[Int(index)]
        let dependents = members(node.dependentSchemas).enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let single = [node.reference, node.not, node.condition, node.consequence, node.alternative].filter { $0 >= 0 }
        var height = 0
        for part in single + dependents + members(node.allOf) + members(node.anyOf) + members(node.oneOf) {
            try resolveAdmittedTypes(of: part, &heights)
            height = max(height, heights[Int(part)])
        }
        guard height < Self.maximumHeight else {
            throw ContractError(
                code: .reference, message: "The schemas refer to each other too deeply", pointer: pointers[Int(index)])
        }
        heights[Int(index)] = height + 1
        nodes[Int(index)].admittedTypes = admittedTypes(of: node)
    }

    /// The types that a schema leaves possible, where those of its parts are known.
    private func admittedTypes(of node: SchemaNode) -> TypeSet {
        var types = node.types
        if types.contains(.number) { types.insert(.integer) }
        if node.reference >= 0 { types.formIntersection(nodes[Int(node.reference)].admittedTypes) }
        for branch in members(node.allOf) { types.formIntersection(nodes[Int(branch)].admittedTypes) }
        for union in [node.anyOf, node.oneOf] where union.count > 0 {
            types.formIntersection(members(union).reduce([]) { $0.union(nodes[Int($1)].admittedTypes) })
        }
        if node.rules.contains(.const) { types.formIntersection(.of(document.value(at: Int(node.const)))) }
        if node.rules.contains(.enumeration) {
            let values = document.value(at: Int(node.enumeration)).elements
            types.formIntersection(values.reduce([]) { $0.union(.of($1)) })
        }
        return types
    }

    private func members(_ list: SchemaList) -> ArraySlice<Int32> {
        lists[Int(list.start)..<Int(list.start + list.count)]
    }
}

extension TypeSet {
    /// The type of a value.
    static func of(_ value: JSONValue) -> TypeSet {
        switch value.kind {
        case .null: .null
        case .true, .false: .boolean
        case .number: value.isIntegral ? .integer : .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// The type of a value, without a look at whether a number is integral.
    @inline(__always)
    static func roughly(_ value: JSONValue) -> TypeSet {
        switch value.node.kind {
        case JSONKind.null.rawValue: .null
        case JSONKind.number.rawValue: [.integer, .number]
        case JSONKind.string.rawValue: .string
        case JSONKind.array.rawValue: .array
        case JSONKind.object.rawValue: .object
        default: .boolean
        }
    }
}
