/// Rewrites one module's document for a document that it shares with others: names of components, operations and
/// security schemes begin with the module's id, paths with its mount, and whatever refers to them follows.
struct DocumentRewriter {
    let module: String
    let mount: String
    let document: JSONTree
    /// Tags that another module uses too, with their names in the merged document.
    let tagNames: [String: String]
    /// References under way that are written out, so that one that leads back to itself ends.
    private var open: [String] = []
    /// The component that is being rewritten, where it is a schema.
    private var schemaName: String?

    init(module: String, mount: String, document: JSONTree, tagNames: [String: String]) {
        self.module = module
        self.mount = mount
        self.document = document
        self.tagNames = tagNames
    }

    /// The name in the merged document of what the module calls so.
    func named(_ name: String) -> String { "\(module)_\(name)" }

    /// A component of its own.
    mutating func component(_ value: JSONTree, of kind: DocumentPart, named name: String) -> JSONTree {
        if case .schema = kind { schemaName = name }
        defer { schemaName = nil }
        return rewrite(value, as: kind)
    }

    mutating func rewrite(_ value: JSONTree, as part: DocumentPart) -> JSONTree {
        switch value {
        case .array(let elements):
            switch part {
            case .list(let element): return .array(elements.map { rewrite($0, as: element) })
            case .vendor: return .array(elements.map { rewrite($0, as: .vendor) })
            default: return value
            }
        case .object(let members):
            switch part {
            case .plain: return value
            case .securityRequirement:
                return .object(members.map { JSONTree.Member(name: named($0.name), value: $0.value) })
            default: return object(value, as: part)
            }
        case .string(let text):
            guard case .vendor = part, document.value(at: text) != nil else { return value }
            return .string(component(text) ?? text)
        case .literal: return value
        }
    }

    private mutating func object(_ value: JSONTree, as part: DocumentPart) -> JSONTree {
        if part.isReferable, let reference = value["$ref"]?.text, reference.hasPrefix("#"),
            component(reference) == nil
        {
            return writtenOut(value, reference, as: part)
        }
        var members: [JSONTree.Member] = []
        for member in value.members {
            switch (part, member.name) {
            case (_, "$ref") where part.isReferable:
                let target = member.value.text.flatMap(component).map(JSONTree.string)
                members.append(JSONTree.Member(name: "$ref", value: target ?? member.value))
            case (.pathItem, "servers"), (.operation, "servers"), (.link, "server"):
                // Where the host serves is the host's to say.
                continue
            case (.operation, "tags"):
                let tags = member.value.elements.map { JSONTree.string(tagNames[$0.text ?? ""] ?? $0.text ?? "") }
                members.append(JSONTree.Member(name: "tags", value: .array(tags)))
            case (.operation, "operationId"), (.link, "operationId"):
                members.append(JSONTree.Member(name: member.name, value: .string(named(member.value.text ?? ""))))
            case (.link, "operationRef"):
                members.append(
                    JSONTree.Member(name: member.name, value: .string(operation(member.value.text ?? ""))))
            case (.schema, "discriminator"):
                members.append(
                    JSONTree.Member(name: member.name, value: discriminator(member.value, of: value)))
            default:
                members.append(
                    JSONTree.Member(name: member.name, value: rewrite(member.value, as: part.member(member.name))))
            }
        }
        return .object(members)
    }

    /// A reference to a component under its new name, with what may follow the name; nil when it is none.
    private func component(_ reference: String) -> String? {
        let parts = reference.split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "#", parts[1] == "components",
            DocumentPart.component(String(parts[2])) != nil
        else { return nil }
        let rest = parts.count > 4 ? "/\(parts[4])" : ""
        return "#/components/\(parts[2])/\(named(String(parts[3])))\(rest)"
    }

    /// What a reference to anything but a component leads to, in its place: such places are not kept.
    private mutating func writtenOut(_ value: JSONTree, _ reference: String, as part: DocumentPart) -> JSONTree {
        guard !open.contains(reference), let target = document.value(at: reference) else { return value }
        open.append(reference)
        defer { open.removeLast() }
        var result = rewrite(target, as: part)
        // Members beside a reference add to it: descriptions everywhere, further keywords in a schema.
        for member in value.members where member.name != "$ref" {
            result[member.name] = rewrite(member.value, as: part.member(member.name))
        }
        return result
    }

    /// A reference to an operation of the document.
    private func operation(_ reference: String) -> String {
        var tokens = JSONTree.tokens(reference)
        guard reference.hasPrefix("#"), tokens.count == 3, tokens[0] == "paths" else { return reference }
        tokens[1] = mount + tokens[1]
        return "#/" + tokens.map(JSONTree.escaped).joined(separator: "/")
    }

    /// Values of a mapping are references or names of schemas. What is not mapped goes by the names of schemas, which
    /// are others in the merged document, so all of it is written out.
    private func discriminator(_ value: JSONTree, of schema: JSONTree) -> JSONTree {
        var mapped: [JSONTree.Member] = []
        for member in value["mapping"]?.members ?? [] {
            let text = member.value.text ?? ""
            let target = component(text) ?? (schemas?[text] == nil ? nil : component("#/components/schemas/\(text)"))
            mapped.append(JSONTree.Member(name: member.name, value: .string(target ?? text)))
        }
        for name in alternatives(schema) {
            guard let target = component("#/components/schemas/\(name)") else { continue }
            let isKnown = mapped.contains { $0.name == name || $0.value.text == target }
            if !isKnown { mapped.append(JSONTree.Member(name: name, value: .string(target))) }
        }
        var value = value
        if !mapped.isEmpty { value["mapping"] = .object(mapped) }
        return value
    }

    private var schemas: JSONTree? { document["components"]?["schemas"] }

    /// Names of the schemas that a discriminator of this one chooses from.
    private func alternatives(_ schema: JSONTree) -> [String] {
        let listed = (schema["oneOf"]?.elements ?? []) + (schema["anyOf"]?.elements ?? [])
        if !listed.isEmpty { return listed.compactMap { $0["$ref"]?.text.flatMap(Self.schemaName) } }
        // A base whose children name it.
        guard let schemaName else { return [] }
        return (schemas?.members ?? []).filter { member in
            member.value["allOf"]?.elements.contains { $0["$ref"]?.text.flatMap(Self.schemaName) == schemaName }
                ?? false
        }.map(\.name)
    }

    private static func schemaName(_ reference: String) -> String? {
        let prefix = "#/components/schemas/"
        let name = reference.dropFirst(prefix.count)
        return reference.hasPrefix(prefix) && !name.contains("/") ? String(name) : nil
    }
}
