import GantryCore
import GantryJSON

/// Allowances by class as `host.db` keeps them: a JSON object of texts like `600/minute`.
enum LimitsText {
    static func text(_ limits: [String: RateLimit]) -> String {
        Administration.object { writer in
            for (name, limit) in limits.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.string(limit.description)
            }
        }
    }

    static func limits(_ text: String) -> [String: RateLimit] {
        guard let document = try? JSONDocument(Array(text.utf8)) else { return [:] }
        return document.withRoot { root in
            var limits: [String: RateLimit] = [:]
            guard root.kind == .object else { return limits }
            for member in root.members {
                limits[member.name.string ?? ""] = member.value.string.flatMap { RateLimit($0) }
            }
            return limits
        }
    }
}
