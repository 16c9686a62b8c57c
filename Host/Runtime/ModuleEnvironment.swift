import GantryCore
import GantryJSON

/// Settings of modules that the process's environment gives.
enum ModuleEnvironment {
    /// A tenant's configuration of a module, and what the environment says of that which it leaves unset.
    static func configuration(_ own: String, _ manifest: Manifest, _ environment: [String: String]) throws -> String {
        let given = manifest.environment.filter { environment[$0] != nil }
        if given.isEmpty { return own }
        return try JSONDocument(own)
            .withRoot { root in
                var writer = JSONWriter()
                writer.beginObject()
                for (name, value) in root.members where !value.isNull {
                    writer.key(name.string ?? "")
                    writer.raw(value.jsonBytes)
                }
                for name in given where root[name].map(\.isNull) ?? true {
                    writer.key(name)
                    writer.string(environment[name])
                }
                writer.endObject()
                return String(decoding: writer.bytes, as: UTF8.self)
            }
    }
}
