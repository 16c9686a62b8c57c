import GantryJSON

/// Reads the operations of an OpenAPI document.
struct ContractCompiler {
    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    private var schemas: SchemaCompiler
    private let root: JSONValue
    private(set) var drafts: [OperationDraft] = []
    private(set) var namedSchemas: [String: SchemaIndex] = [:]

    init(document: JSONDocument, policy: CheckPolicy) {
        schemas = SchemaCompiler(document: document, policy: policy)
        root = document.root
    }

    /// Compiles everything and freezes the schemas.
    mutating func compile() throws(ContractError) -> SchemaTable {
        guard let version = root["openapi"]?.string, version.hasPrefix("3.1") else {
            throw ContractError(code: .malformed, message: "This is no OpenAPI 3.1 document", pointer: "/openapi")
        }
        if let dialect = SchemaPlace(member: "jsonSchemaDialect", of: root, at: "") {
            guard SchemaCompiler.dialects.contains(try dialect.string()) else {
                throw dialect.error(.unsupportedKeyword, "The dialect \"\(try dialect.string())\" is not supported")
            }
        }
        guard let paths = SchemaPlace(member: "paths", of: root, at: "") else {
            throw ContractError(code: .malformed, message: "The document has no paths", pointer: "")
        }
        for path in try paths.members() where path.keyword.hasPrefix("/") { try compile(path) }
        if let components = root["components"],
            let named = SchemaPlace(member: "schemas", of: components, at: "/components")
        {
            for schema in try named.members() {
                namedSchemas[schema.keyword] = try schemas.compile(schema.value, at: schema.pointer)
            }
        }
        let table = try schemas.finish()
        try refuseObjects(table)
        return table
    }

    private mutating func compile(_ path: SchemaPlace) throws(ContractError) {
        let item = try resolve(path)
        var shared: [ParameterDraft] = []
        if let parameters = SchemaPlace(member: "parameters", of: item.value, at: item.pointer) {
            shared = try compileParameters(parameters)
        }
        for method in Self.methods {
            guard let operation = SchemaPlace(member: method, of: item.value, at: item.pointer) else { continue }
            try compile(operation, on: path.keyword, shared: shared)
        }
    }

    private mutating func compile(
        _ place: SchemaPlace, on path: String, shared: [ParameterDraft]
    ) throws(ContractError) {
        let value = place.value
        var draft = OperationDraft()
        guard let id = value["operationId"]?.string, !id.isEmpty else {
            throw place.error(.malformed, "The operation has no operationId")
        }
        guard !drafts.contains(where: { $0.id == id }) else {
            throw place.error(.duplicate, "The operationId \"\(id)\" occurs twice")
        }
        draft.id = id
        draft.method = place.keyword.uppercased()
        draft.path = path
        draft.pathParameterNames = try Self.templateNames(path, place)
        draft.role = value["x-role"]?.string
        draft.definition = value.index
        (draft.security, draft.isPublic) = Self.security(value["security"] ?? root["security"])
        draft.parameters = shared
        if let parameters = SchemaPlace(member: "parameters", of: value, at: place.pointer) {
            let own = try compileParameters(parameters)
            draft.parameters = shared.filter { one in
                !own.contains { $0.name == one.name && $0.location == one.location }
            }
            draft.parameters += own
        }
        for parameter in draft.parameters where parameter.location == .path {
            guard draft.pathParameterNames.contains(parameter.name) else {
                throw place.error(.parameter, "The path has no template {\(parameter.name)}")
            }
        }
        if let body = SchemaPlace(member: "requestBody", of: value, at: place.pointer) {
            draft.requestBody = try compileBody(try resolve(body))
        }
        if let responses = SchemaPlace(member: "responses", of: value, at: place.pointer) {
            for response in try responses.members() where !response.keyword.hasPrefix("x-") {
                draft.responses[response.keyword.uppercasedStatus] = try compileResponse(try resolve(response))
            }
        }
        drafts.append(draft)
    }

    private mutating func compileParameters(_ list: SchemaPlace) throws(ContractError) -> [ParameterDraft] {
        var drafts: [ParameterDraft] = []
        for element in try list.elements() {
            let place = try resolve(element)
            guard let name = place.value["name"]?.string,
                let location = place.value["in"]?.string.flatMap(Finding.Location.init), location != .body
            else { throw place.error(.malformed, "A parameter needs a name and a known place") }
            let isIgnored =
                location == .header && ["accept", "content-type", "authorization"].contains(name.lowercased())
            if !isIgnored { drafts.append(try compileParameter(place, name: name, location: location)) }
        }
        return drafts
    }

    /// Compiles a parameter, or the header of a response.
    private mutating func compileParameter(
        _ place: SchemaPlace, name: String, location: Finding.Location
    ) throws(ContractError) -> ParameterDraft {
        for unsupported in ["content", "allowEmptyValue"] {
            guard let found = SchemaPlace(member: unsupported, of: place.value, at: place.pointer),
                found.value.bool != false
            else { continue }
            throw found.error(.parameter, "The parameter \"\(name)\" has \"\(unsupported)\", which is not supported")
        }
        guard let schema = SchemaPlace(member: "schema", of: place.value, at: place.pointer) else {
            throw place.error(.parameter, "The parameter \"\(name)\" has no schema")
        }
        let style = place.value["style"]?.string ?? (location == .query || location == .cookie ? "form" : "simple")
        let explodes = place.value["explode"]?.bool ?? (style == "form")
        var separator: UInt8?
        switch style {
        case "form": separator = explodes ? nil : UInt8(ascii: ",")
        case "simple": separator = UInt8(ascii: ",")
        case "spaceDelimited" where !explodes: separator = UInt8(ascii: " ")
        case "pipeDelimited" where !explodes: separator = UInt8(ascii: "|")
        default: throw place.error(.parameter, "The parameter style \"\(style)\" is not supported")
        }
        if location == .cookie { separator = UInt8(ascii: ",") }
        return ParameterDraft(
            name: name, location: location,
            isRequired: location == .path || place.value["required"]?.bool == true,
            schema: try schemas.compile(schema.value, at: schema.pointer), separator: separator,
            pointer: place.pointer)
    }

    /// Refuses parameters whose text could never become what their schema asks for.
    private func refuseObjects(_ table: SchemaTable) throws(ContractError) {
        for parameter in drafts.flatMap(\.parameters)
        where table.nodes[Int(parameter.schema)].admittedTypes == .object {
            throw ContractError(
                code: .parameter, message: "The parameter \"\(parameter.name)\" is an object, which is not supported",
                pointer: parameter.pointer)
        }
    }

    private mutating func compileBody(_ place: SchemaPlace) throws(ContractError) -> RequestBody {
        let content = try compileContent(of: place)
        let bodies = zip(content.mediaTypes, content.schemas).filter { RequestBody.isJSON($0.0) && $0.1 >= 0 }
        let schema = bodies.first?.1 ?? -1
        if let other = bodies.first(where: { !schemas.isSame($0.1, schema) }) {
            throw place.error(
                .unsupportedKeyword,
                "The body's \"\(other.0)\" has another schema than its other JSON, "
                    + "which is not supported")
        }
        return RequestBody(
            isRequired: place.value["required"]?.bool == true, mediaTypes: content.mediaTypes, schema: schema)
    }

    private mutating func compileResponse(_ place: SchemaPlace) throws(ContractError) -> ResponseDraft {
        let content = try compileContent(of: place)
        var draft = ResponseDraft(mediaTypes: content.mediaTypes, schemas: content.schemas)
        if let headers = SchemaPlace(member: "headers", of: place.value, at: place.pointer) {
            for header in try headers.members() where header.keyword.lowercased() != "content-type" {
                draft.headers.append(
                    try compileParameter(try resolve(header), name: header.keyword, location: .header))
            }
        }
        return draft
    }

    /// The media types of a body, and for each its schema, which is negative where there is none.
    private mutating func compileContent(
        of place: SchemaPlace
    ) throws(ContractError) -> (mediaTypes: [String], schemas: [SchemaIndex]) {
        var mediaTypes: [String] = []
        var rules: [SchemaIndex] = []
        guard let content = SchemaPlace(member: "content", of: place.value, at: place.pointer) else { return ([], []) }
        for media in try content.members() {
            mediaTypes.append(RequestBody.essence(media.keyword))
            let rule = SchemaPlace(member: "schema", of: media.value, at: media.pointer)
            rules.append(
                try rule.map { (rule) throws(ContractError) in
                    try schemas.compile(rule.value, at: rule.pointer)
                } ?? -1)
        }
        return (mediaTypes, rules)
    }

    /// Follows `$ref`s of path items, parameters, bodies and responses.
    private func resolve(_ place: SchemaPlace) throws(ContractError) -> SchemaPlace {
        var current = place
        for _ in 0..<16 {
            guard let reference = current.value["$ref"]?.string else { return current }
            guard let target = JSONPointer.resolve(reference, in: root) else {
                throw place.error(.reference, "The reference \"\(reference)\" leads nowhere in this document")
            }
            current = SchemaPlace(target: target, pointer: String(reference.dropFirst()))
        }
        throw place.error(.reference, "The reference leads round in a circle")
    }

    private static func templateNames(_ path: String, _ place: SchemaPlace) throws(ContractError) -> [String] {
        var names: [String] = []
        var rest = path[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw place.error(.malformed, "The path \"\(path)\" has an unmatched brace")
            }
            names.append(String(rest[rest.index(after: open)..<close]))
            rest = rest[rest.index(after: close)...]
        }
        return names
    }

    /// The schemes that are named, and whether none is demanded.
    private static func security(_ requirements: JSONValue?) -> (schemes: [String], isPublic: Bool) {
        guard let requirements, requirements.count > 0 else { return ([], true) }
        var schemes: [String] = []
        var isPublic = false
        for requirement in requirements.elements {
            if requirement.count == 0 { isPublic = true }
            for (name, _) in requirement.members {
                if let name = name.string, !schemes.contains(name) { schemes.append(name) }
            }
        }
        return (schemes, isPublic)
    }
}

extension String {
    /// A key of `responses` with its range in one spelling: `4xx` becomes `4XX`.
    fileprivate var uppercasedStatus: String { self == "default" ? self : uppercased() }
}
