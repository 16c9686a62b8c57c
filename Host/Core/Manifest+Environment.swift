extension Manifest {
    /// Settings that no module has for itself, by their names in the environment.
    public static let sharedSettings: Set<String> = ["ADMIN_EMAIL"]

    /// Reads `environment`. A module is told of what bears its own name, and of what is everybody's: the environment
    /// also holds the host's passwords and those of other modules.
    static func environment(_ place: YAMLReader?, module id: String) throws -> [String] {
        let prefix = String(id.uppercased().map { $0 == "-" ? "_" : $0 }) + "_"
        return try place?.list()
            .map { entry in
                let name = try entry.string()
                let isName = name.utf8.allSatisfy {
                    $0 == UInt8(ascii: "_") || $0.isLetterOrDigit && !(0x61...0x7a ~= $0)
                }
                guard isName, name.hasPrefix(prefix) && name.count > prefix.count || sharedSettings.contains(name)
                else {
                    throw entry.error(
                        "The environment gives settings that begin with `\(prefix)`, and "
                            + "\(sharedSettings.sorted().map { "`\($0)`" }.joined(separator: ", ")).")
                }
                return name
            } ?? []
    }
}
