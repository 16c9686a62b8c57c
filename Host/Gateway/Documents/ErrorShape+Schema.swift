import GantryCore
import GantryJSON

extension ErrorShape {
    /// What failures of this shape look like, as a JSON Schema.
    var schema: JSONTree {
        let names = ["$request_id", "$code", "$message", "$details", "$reason", "$status"]
        var text = body
        for name in names { text = text.replacing(name, with: "\"\(name)\"") }
        guard let document = try? JSONDocument(text) else { return .members(["type": .string("object")]) }
        return document.withRoot { Self.schema(JSONTree($0)) }
    }

    private static func schema(_ value: JSONTree) -> JSONTree {
        switch value {
        case .object(let members):
            return .members([
                "type": .string("object"), "required": .array(members.map { .string($0.name) }),
                "properties": .object(
                    members.map { JSONTree.Member(name: $0.name, value: schema($0.value)) }),
            ])
        case .string("$status"): return .members(["type": .string("integer")])
        case .string("$details"):
            let reason = JSONTree.members(["type": .string("string")])
            return .members(["type": .string("object"), "properties": .members(["reason": reason])])
        case .string("$code"), .string("$message"), .string("$reason"), .string("$request_id"):
            return .members(["type": .string("string")])
        default: return .members(["const": value])
        }
    }
}
