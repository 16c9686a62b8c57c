/// What a value of an OpenAPI document is by its place, since only the place tells a reference from an example that
/// looks like one.
indirect enum DocumentPart {
    case pathItem
    case operation
    case parameter
    case header
    case requestBody
    case response
    case mediaType
    case encoding
    case example
    case link
    /// Expressions that lead to path items.
    case callback
    case schema
    case discriminator
    case securityRequirement
    case securityScheme
    /// Names of the document's own that lead to such values.
    case map(DocumentPart)
    case list(DocumentPart)
    /// Text of the document's own: an example, a default, a description.
    case plain
    /// `x-…`: plain, but where it is exactly a reference to a component it follows that component's name.
    case vendor

    private static let methods: Set<String> = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
    private static let schemaMaps: Set<String> = ["properties", "patternProperties", "$defs", "dependentSchemas"]
    private static let schemaLists: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let schemas: Set<String> = [
        "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
        "unevaluatedItems", "unevaluatedProperties",
    ]

    /// Whether a member `$ref` of it is a reference.
    var isReferable: Bool {
        switch self {
        case .map, .list, .plain, .vendor, .discriminator, .securityRequirement, .operation, .encoding, .mediaType:
            false
        default: true
        }
    }

    /// What a member of it is.
    func member(_ name: String) -> DocumentPart {
        if case .map(let part) = self { return part }
        if name.hasPrefix("x-") { return .vendor }
        switch (self, name) {
        case (.pathItem, _) where Self.methods.contains(name): return .operation
        case (.pathItem, "parameters"), (.operation, "parameters"): return .list(.parameter)
        case (.operation, "requestBody"): return .requestBody
        case (.operation, "responses"): return .map(.response)
        case (.operation, "callbacks"): return .map(.callback)
        case (.callback, _): return .pathItem
        case (.operation, "security"): return .list(.securityRequirement)
        case (.parameter, "schema"), (.header, "schema"), (.mediaType, "schema"): return .schema
        case (.parameter, "content"), (.header, "content"), (.requestBody, "content"), (.response, "content"):
            return .map(.mediaType)
        case (.parameter, "examples"), (.header, "examples"), (.mediaType, "examples"): return .map(.example)
        case (.mediaType, "encoding"): return .map(.encoding)
        case (.response, "headers"), (.encoding, "headers"): return .map(.header)
        case (.response, "links"): return .map(.link)
        case (.schema, "discriminator"): return .discriminator
        case (.schema, _) where Self.schemaMaps.contains(name): return .map(.schema)
        case (.schema, _) where Self.schemaLists.contains(name): return .list(.schema)
        case (.schema, _) where Self.schemas.contains(name): return .schema
        default: return .plain
        }
    }

    /// What the values of one kind of components are; nil for a kind that OpenAPI does not have.
    static func component(_ kind: String) -> DocumentPart? {
        switch kind {
        case "schemas": .schema
        case "responses": .response
        case "parameters": .parameter
        case "examples": .example
        case "requestBodies": .requestBody
        case "headers": .header
        case "securitySchemes": .securityScheme
        case "links": .link
        case "callbacks": .callback
        case "pathItems": .pathItem
        default: nil
        }
    }
}
