extension Deployment {
    /// What the operator says of a module's rights for one tenant, or takes away from it for all.
    ///
    ///     allow: [blobs]
    ///     deny: [http_client, "secrets:payment_key"]
    public struct Rights: Sendable, Equatable {
        /// Capabilities that are granted.
        public var allowed: Set<String> = []
        /// Capabilities, or parts of them, that are not granted.
        public var denied: Set<String> = []

        /// Nothing is said.
        public init() {}

        /// Whether nothing is said.
        public var isEmpty: Bool { allowed.isEmpty && denied.isEmpty }

        /// Whether the text names a capability, or a part of one that has parts.
        public static func isRight(_ text: String) -> Bool {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, let capability = Manifest.Capability(rawValue: String(first)) else {
                return false
            }
            guard parts.count == 2 else { return true }
            let part = String(parts[1])
            switch capability {
            case .httpClient: return HostPattern(part).map { $0.setting == nil } ?? false
            case .directory: return ["keys", "organization", "members"].contains(part)
            case .secrets, .identity, .events, .jobs, .services:
                return !part.isEmpty && part.utf8.count <= 256 && !part.contains { $0.isWhitespace || $0 == "," }
            case .database, .blobs, .cache, .mail, .webhooks, .accounts: return false
            }
        }
    }
}

extension Deployment.Rights {
    /// Reads `allow`, when the place may have it, and `deny`.
    init(_ place: YAMLReader, mayAllow: Bool) throws {
        if mayAllow, let list = place.optional("allow") {
            allowed = Set(try list.list().map { try $0.choice(Manifest.Capability.self).rawValue })
        }
        for item in try place.optional("deny")?.list() ?? [] {
            let text = try item.string()
            guard Self.isRight(text) else {
                throw item.error("This is no capability, such as `blobs`, and no part of one, such as `secrets:key`.")
            }
            denied.insert(text)
        }
        if let both = allowed.intersection(denied).sorted().first {
            throw place.error("`\(both)` stands under `allow` and under `deny`.")
        }
    }
}
