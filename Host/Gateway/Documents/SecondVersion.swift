import GantryContract
import GantryCore
import GantryJSON

/// A module's document as the platform's second version has it: the answers lead to the schemas of `x-v2.replaces` in
/// place of those that they replace.
struct SecondVersion {
    private static let schemas = "#/components/schemas/"
    private static let responses = "#/components/responses/"
    private static let methods = ["get", "put", "post", "delete", "patch"]
    /// Ends the names of what the second version adds to the document.
    private static let ending = "_v2"

    private let document: JSONTree
    private let policy: CheckPolicy
    /// New names of schemas by their old ones.
    private var names: [String: String]
    /// Schemas that are there a second time, since something in them is replaced.
    private var copies: [JSONTree.Member] = []

    init(_ contract: Contract) {
        self.init(contract.document.withRoot { JSONTree($0) }, policy: contract.policy)
    }

    init(_ document: JSONTree, policy: CheckPolicy = CheckPolicy()) {
        self.document = document
        self.policy = policy
        names = [:]
        let known = document["components"]?["schemas"]?.members ?? []
        for member in document["x-v2"]?["replaces"]?.members ?? [] {
            guard let target = member.value.text, target.hasPrefix(Self.schemas) else { continue }
            names[member.name] = String(target.dropFirst(Self.schemas.count))
        }
        // The extended forms are made of what they replace and stay as they are.
        let extended = Set(names.values)
        var rest = known.filter { names[$0.name] == nil && !extended.contains($0.name) }
        var hasGrown = true
        while hasGrown {
            hasGrown = false
            for member in rest where Self.mentions(member.value, names) {
                names[member.name] = member.name + Self.ending
                copies.append(member)
                hasGrown = true
            }
            rest.removeAll { names[$0.name] != nil }
        }
        copies = copies.map { JSONTree.Member(name: $0.name + Self.ending, value: swapped($0.value)) }
    }

    /// Checks for the bodies that handlers send, before the envelope; nil when the document cannot be compiled, which
    /// whoever made the first version's checks would have found out.
    var contract: Contract? {
        var document = withCopies
        if let responses = document["components"]?["responses"] {
            document["components"]?["responses"] = responses.mapMembers { swapped($0.value) }
        }
        document["paths"] = mapOperations { operation, _ in
            var operation = operation
            operation["responses"] = (operation["responses"] ?? .members([:])).mapMembers {
                self.swapped($0.value)
            }
            return operation
        }
        var writer = JSONWriter(capacity: 1 << 16)
        document.write(to: &writer)
        guard let text = try? JSONDocument(writer.bytes) else { return nil }
        return try? Contract(document: text, policy: policy)
    }

    /// The document with the twins beside the routes that they are twins of.
    /// - Parameter served: The twins that have a path, by what they are twins of, as `GET /api/v1/app/notes`.
    func merged(_ served: Set<String>) -> JSONTree {
        var result = withCopies
        var paths = document["paths"]?.members ?? []
        for path in document["paths"]?.members ?? [] where path.name.hasPrefix("/api/v1/") {
            let twins = path.value.members.compactMap { member -> JSONTree.Member? in
                guard Self.methods.contains(member.name) else {
                    return member.name == "parameters" ? member : nil
                }
                guard served.contains("\(member.name.uppercased()) \(path.name)") else { return nil }
                return JSONTree.Member(name: member.name, value: twin(member.value))
            }
            guard twins.contains(where: { $0.name != "parameters" }) else { continue }
            let name = "/api/v2/" + path.name.dropFirst("/api/v1/".count)
            if let known = paths.firstIndex(where: { $0.name == name }) {
                for twin in twins where paths[known].value[twin.name] == nil {
                    paths[known].value[twin.name] = twin.value
                }
            } else {
                paths.append(JSONTree.Member(name: name, value: .object(twins)))
            }
        }
        result["paths"] = .object(paths)
        return result
    }

    private func twin(_ operation: JSONTree) -> JSONTree {
        var operation = operation
        let id = operation["operationId"]?.text ?? ""
        operation["operationId"] = .string(id + Self.ending)
        let isUnwrapped = operation["x-v2-unwrapped"] == .literal(Array("true".utf8))
        var responses = (operation["responses"] ?? .members([:])).members
        for index in responses.indices where responses[index].name.hasPrefix("2") {
            var response = responses[index].value
            if let reference = response["$ref"]?.text, let target = document.value(at: reference) {
                response = target
            }
            response = swapped(response)
            if !isUnwrapped { response = wrapped(response, operation: id) }
            responses[index].value = response
        }
        operation["responses"] = .object(responses)
        return operation
    }

    /// A response whose JSON is in the envelope.
    private func wrapped(_ response: JSONTree, operation: String) -> JSONTree {
        guard var content = response["content"], var json = content["application/json"] else {
            return response
        }
        var response = response
        let meta =
            document["components"]?["schemas"]?["V2Meta"] == nil
            ? Self.meta : .reference(Self.schemas + "V2Meta")
        json["schema"] = .members([
            "type": .string("object"), "required": .array([.string("data"), .string("meta")]),
            "properties": .members(["data": json["schema"] ?? .members([:]), "meta": meta]),
        ])
        // Examples of the first version lack what the second adds.
        json["examples"] = nil
        json["example"] = nil
        let example = document["x-v2"]?["example"]
        if example?["operation"]?.text == operation, let body = example?["body"] {
            json["example"] = body
        }
        content["application/json"] = json
        response["content"] = content
        return response
    }

    private static let meta = JSONTree.members([
        "type": .string("object"),
        "required": .array([.string("request_id"), .string("timestamp"), .string("version")]),
        "properties": .members([
            "request_id": .members(["type": .string("string")]),
            "timestamp": .members(["type": .string("string"), "format": .string("date-time")]),
            "version": .members(["type": .string("string"), "const": .string("v2")]),
        ]),
    ])

    private var withCopies: JSONTree {
        var result = document
        var components = result["components"] ?? .members([:])
        components["schemas"] = .object((components["schemas"]?.members ?? []) + copies)
        result["components"] = components
        return result
    }

    private func mapOperations(_ change: (JSONTree, String) -> JSONTree) -> JSONTree {
        (document["paths"] ?? .members([:])).mapMembers { path in
            path.value.mapMembers {
                Self.methods.contains($0.name) ? change($0.value, $0.name) : $0.value
            }
        }
    }

    /// With references that lead to what replaces their targets.
    private func swapped(_ value: JSONTree) -> JSONTree {
        switch value {
        case .array(let elements): .array(elements.map(swapped))
        case .object(let members):
            .object(
                members.map { member in
                    guard member.name == "$ref", let text = member.value.text, text.hasPrefix(Self.schemas),
                        let name = names[String(text.dropFirst(Self.schemas.count))]
                    else { return JSONTree.Member(name: member.name, value: swapped(member.value)) }
                    return JSONTree.Member(name: "$ref", value: .string(Self.schemas + name))
                })
        case .string, .literal: value
        }
    }

    private static func mentions(_ value: JSONTree, _ names: [String: String]) -> Bool {
        switch value {
        case .array(let elements): elements.contains { mentions($0, names) }
        case .object(let members):
            members.contains { member in
                if member.name == "$ref", let text = member.value.text, text.hasPrefix(schemas) {
                    return names[String(text.dropFirst(schemas.count))] != nil
                }
                return mentions(member.value, names)
            }
        case .string, .literal: false
        }
    }
}

extension JSONTree {
    /// An object with other values in its members' places.
    func mapMembers(_ change: (Member) -> JSONTree) -> JSONTree {
        .object(members.map { Member(name: $0.name, value: change($0)) })
    }
}
