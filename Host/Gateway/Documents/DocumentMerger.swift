import GantryContract
import GantryCore
import GantryJSON

/// A module's part in a merged document.
struct DocumentSource: Sendable {
    let id: String
    let mount: String
    let contract: Contract
    let errors: ErrorShape
    /// What the manifest serves, as `GET /v1/sessions`.
    let routes: Set<String>
    /// Which of them have a second version with a path of its own.
    let twins: Set<String>

    init(_ module: EnabledModule, twins: Set<String> = []) {
        self.twins = twins
        id = module.manifest.id
        mount = module.mount
        contract = module.contract
        errors = module.manifest.errors
        routes = Set(module.manifest.routes.map { "\($0.method) \($0.path)" })
    }
}

/// Merges the documents of modules, and the host's own, into one OpenAPI 3.1 document. Each module's names are kept
/// apart from all others', and what it says keeps its meaning.
struct DocumentMerger {
    private struct Part {
        let id: String
        let title: String
        let document: JSONTree
        let failures: HostFailures
        let statuses: [Int]
        /// Nil for all that the document has.
        let routes: Set<String>?
        var rewriter: DocumentRewriter
    }

    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    private var parts: [Part] = []
    private var paths: [JSONTree.Member] = []
    private var webhooks: [JSONTree.Member] = []
    private var components: [(kind: String, members: [JSONTree.Member])] = []
    private var usedTags: [String] = []

    /// The merged document as JSON text.
    static func merge(_ sources: [DocumentSource]) -> [UInt8] {
        var merger = DocumentMerger(sources)
        for index in merger.parts.indices { merger.take(index) }
        var writer = JSONWriter(capacity: 1 << 16)
        merger.document().write(to: &writer)
        return writer.bytes
    }

    private init(_ sources: [DocumentSource]) {
        var documents: [(id: String, mount: String, shape: ErrorShape, routes: Set<String>?, tree: JSONTree)] = []
        if let platform = try? JSONDocument(PlatformDocument.text) {
            documents.append((PlatformDocument.id, "", .platform, nil, platform.withRoot { JSONTree($0) }))
        }
        for source in sources {
            var tree = source.contract.document.withRoot { JSONTree($0) }
            var routes = source.routes
            if !source.twins.isEmpty {
                tree = SecondVersion(tree).merged(source.twins)
                routes.formUnion(source.twins.map { $0.replacing(" /api/v1/", with: " /api/v2/") })
            }
            documents.append((source.id, source.mount, source.errors, routes, tree))
        }
        let tagNames = Self.tagNames(documents.map { ($0.id, $0.tree) })
        for (index, document) in documents.enumerated() {
            parts.append(
                Part(
                    id: document.id, title: document.tree["info"]?["title"]?.text ?? document.id,
                    document: document.tree,
                    failures: HostFailures(
                        module: document.id, shape: document.shape, components: document.tree["components"]),
                    statuses: document.routes == nil ? HostFailures.statusesOfHost : HostFailures.statuses,
                    routes: document.routes,
                    rewriter: DocumentRewriter(
                        module: document.id, mount: document.mount, document: document.tree,
                        tagNames: tagNames[index])))
        }
    }

    /// For each document the tags that another one has too, under names that tell them apart.
    private static func tagNames(_ documents: [(id: String, tree: JSONTree)]) -> [[String: String]] {
        let tags = documents.map { document in
            Set(
                (document.tree["tags"]?.elements ?? []).compactMap { $0["name"]?.text }
                    + (document.tree["paths"]?.members ?? []).flatMap { path in
                        methods.flatMap { path.value[$0]?["tags"]?.elements ?? [] }.compactMap(\.text)
                    })
        }
        return documents.indices.map { index in
            let others = documents.indices.filter { $0 != index }.reduce(into: Set<String>()) { $0.formUnion(tags[$1]) }
            return Dictionary(
                tags[index].intersection(others).map { ($0, "\($0) (\(documents[index].id))") },
                uniquingKeysWith: { first, _ in first })
        }
    }

    // MARK: One module

    private mutating func take(_ index: Int) {
        let part = parts[index]
        for path in part.document["paths"]?.members ?? [] where path.name.hasPrefix("/") {
            take(path, of: index)
        }
        for hook in part.document["webhooks"]?.members ?? [] {
            let value = parts[index].rewriter.rewrite(hook.value, as: .pathItem)
            webhooks.append(JSONTree.Member(name: part.rewriter.named(hook.name), value: value))
        }
        for kind in part.document["components"]?.members ?? [] {
            guard let place = DocumentPart.component(kind.name) else { continue }
            let members = kind.value.members.map { member in
                var value = parts[index].rewriter.component(member.value, of: place, named: member.name)
                if kind.name == "responses" && value["$ref"] == nil { SharedHeaders.add(to: &value) }
                return JSONTree.Member(name: part.rewriter.named(member.name), value: value)
            }
            add(members, to: kind.name)
        }
        add([part.failures.schema], to: "schemas")
        add(part.failures.responses(part.statuses), to: "responses")
    }

    private mutating func add(_ members: [JSONTree.Member], to kind: String) {
        if let index = components.firstIndex(where: { $0.kind == kind }) {
            components[index].members += members
        } else {
            components.append((kind, members))
        }
    }

    private mutating func take(_ path: JSONTree.Member, of index: Int) {
        let part = parts[index]
        var item = path.value
        if let reference = item["$ref"]?.text, let target = part.document.value(at: reference) { item = target }
        for method in Self.methods {
            guard let operation = item[method] else { continue }
            if let routes = part.routes, !routes.contains("\(method.uppercased()) \(path.name)") { continue }
            let value = rewritten(operation, shared: item["parameters"]?.elements ?? [], of: index)
            let name = part.rewriter.mount + path.name
            if let known = paths.firstIndex(where: { $0.name == name }) {
                paths[known].value[method] = value
            } else {
                paths.append(JSONTree.Member(name: name, value: .object([JSONTree.Member(name: method, value: value)])))
            }
        }
    }

    private mutating func rewritten(_ operation: JSONTree, shared: [JSONTree], of index: Int) -> JSONTree {
        let part = parts[index]
        var operation = operation
        // Parameters of the path go down to its operations: those of another module may come to stand beside them.
        let own = operation["parameters"]?.elements ?? []
        let ownNames = Set(own.map { Self.identity($0, part.document) })
        let inherited = shared.filter { !ownNames.contains(Self.identity($0, part.document)) }
        if !inherited.isEmpty { operation["parameters"] = .array(inherited + own) }
        if operation["security"] == nil, let security = part.document["security"] { operation["security"] = security }
        if operation["tags"]?.elements.isEmpty ?? true { operation["tags"] = .array([.string(part.title)]) }
        var result = parts[index].rewriter.rewrite(operation, as: .operation)
        for tag in result["tags"]?.elements.compactMap(\.text) ?? [] where !usedTags.contains(tag) {
            usedTags.append(tag)
        }
        var responses: [JSONTree.Member] = []
        for response in result["responses"]?.members ?? [] {
            var response = response
            if !response.name.hasPrefix("x-") && response.value["$ref"] == nil {
                SharedHeaders.add(to: &response.value)
            }
            responses.append(response)
        }
        for status in part.statuses where !responses.contains(where: { $0.name == "\(status)" }) {
            responses.append(JSONTree.Member(name: "\(status)", value: part.failures.reference(status)))
        }
        result["responses"] = .object(responses)
        return result
    }

    /// A parameter is what has this place and name.
    private static func identity(_ parameter: JSONTree, _ document: JSONTree) -> String {
        let target = parameter["$ref"]?.text.flatMap(document.value) ?? parameter
        return "\(target["in"]?.text ?? "") \(target["name"]?.text ?? "")"
    }

    // MARK: The whole

    private func document() -> JSONTree {
        var tags: [JSONTree] = []
        var groups: [JSONTree] = []
        for part in parts {
            let (described, names) = self.tags(of: part)
            tags += described
            if !names.isEmpty {
                groups.append(
                    .members(["name": .string(part.title), "tags": .array(names.map { .string($0) })]))
            }
        }
        var document = JSONTree.members([
            "openapi": .string("3.1.0"),
            "info": .members([
                "title": .string("Platform"), "version": .string("1.0.0"), "description": .string(description),
            ]),
            "servers": .array([.members(["url": .string("/")])]), "tags": .array(tags), "x-tagGroups": .array(groups),
            "paths": .object(paths),
        ])
        if !webhooks.isEmpty { document["webhooks"] = .object(webhooks) }
        document["components"] = .object(components.map { JSONTree.Member(name: $0.kind, value: .object($0.members)) })
        return document
    }

    /// What each module says of itself.
    private var description: String {
        parts.filter { $0.routes != nil }.map { part in
            let text = part.document["info"]?["description"]?.text ?? part.document["info"]?["summary"]?.text ?? ""
            return text.isEmpty ? "# \(part.title)" : "# \(part.title)\n\n\(text)"
        }.joined(separator: "\n\n")
    }

    /// The tags of a module's operations, described where the module does, and their names.
    private func tags(of part: Part) -> (described: [JSONTree], names: [String]) {
        var described: [JSONTree] = []
        var names: [String] = []
        for tag in part.document["tags"]?.elements ?? [] {
            guard let name = tag["name"]?.text else { continue }
            var tag = tag
            let merged = part.rewriter.tagNames[name] ?? name
            guard usedTags.contains(merged) else { continue }
            tag["name"] = .string(merged)
            described.append(tag)
            names.append(merged)
        }
        let prefix = "\(part.id)_"
        for path in paths {
            for operation in path.value.members where operation.value["operationId"]?.text?.hasPrefix(prefix) ?? false {
                for tag in operation.value["tags"]?.elements.compactMap(\.text) ?? [] where !names.contains(tag) {
                    described.append(.members(["name": .string(tag)]))
                    names.append(tag)
                }
            }
        }
        return (described, names)
    }
}
