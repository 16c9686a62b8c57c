extension Deployment {
    /// Whose signatures on bundles are asked for.
    public struct Trust: Sendable, Equatable {
        /// What becomes of a bundle whose signature is not good.
        public enum Policy: String, Sendable, CaseIterable {
            /// It is refused; none of its code runs.
            case required
            /// It is used, and the log says what is wrong with it.
            case warn
            /// Signatures are not looked at.
            case off
        }

        /// What becomes of a bundle whose signature is not good.
        public var policy = Policy.off
        /// A file in PEM with the certificates that are trusted, or a folder of such files; nil under `off`.
        public var store: String?
        /// Files with the revocation lists of authorities.
        public var revocationLists: [String] = []
        /// Keys that count no more: SHA-256 of the public key, 64 lowercase hexadecimal digits.
        public var revokedKeys: Set<String> = []
        /// By module, the common names or keys of those who may sign it; whoever is trusted where a module is not here.
        public var publishers: [String: Set<String>] = [:]

        /// Signatures are not looked at.
        public init() {}
    }
}

extension Deployment.Trust {
    init(_ place: YAMLReader) throws {
        try place.allow(["policy", "store", "crls", "revoked-keys", "publishers"])
        store = try place.optional("store")?.string()
        policy = try place.optional("policy")?.choice(Policy.self) ?? (store == nil ? .off : .required)
        guard policy == .off || store != nil else {
            throw place.error("`policy: \(policy.rawValue)` needs a `store` with the certificates that are trusted.")
        }
        revocationLists = try place.optional("crls")?.list().map { try $0.string() } ?? []
        revokedKeys = try Set(
            place.optional("revoked-keys")?.list().map { key in
                let text = try key.string().lowercased()
                guard Self.isKey(text) else {
                    throw key.error("A key is named by 64 hexadecimal digits, as `gantry bundle inspect` shows them.")
                }
                return text
            } ?? [])
        for (id, list) in try place.optional("publishers")?.mapping() ?? [] {
            guard Identifiers.isModule(try id.string()) else { throw id.error("This is not a module's id.") }
            let names = try list.list().map { try $0.string() }
            guard !names.isEmpty, names.allSatisfy(Self.isName) else {
                throw list.error("A list of common names, or of keys in 64 hexadecimal digits, is needed here.")
            }
            publishers[try id.string()] = Set(names.map { Self.isKey($0.lowercased()) ? $0.lowercased() : $0 })
        }
    }

    private static func isKey(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.unicodeScalars.contains { $0.value < 32 }
    }

    /// The whole setting in lines, for keeping it.
    public var text: String {
        var lines = ["policy \(policy.rawValue)"]
        if let store { lines.append("store \(store)") }
        lines += revocationLists.map { "crl \($0)" }
        lines += revokedKeys.sorted().map { "revoked \($0)" }
        for (module, names) in publishers.sorted(by: { $0.key < $1.key }) {
            lines += names.sorted().map { "publisher \(module) \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    /// Reads what `text` wrote; nil for anything else.
    public init?(text: String) {
        self.init()
        guard text.hasPrefix("policy ") else { return nil }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            switch parts[0] {
            case "policy":
                guard let policy = Policy(rawValue: parts[1]) else { return nil }
                self.policy = policy
            case "store": store = parts[1]
            case "crl": revocationLists.append(parts[1])
            case "revoked": revokedKeys.insert(parts[1])
            case "publisher":
                let publisher = parts[1].split(separator: " ", maxSplits: 1).map(String.init)
                guard publisher.count == 2 else { return nil }
                publishers[publisher[0], default: []].insert(publisher[1])
            default: return nil
            }
        }
        guard policy == .off || store != nil else { return nil }
    }
}
