extension Manifest {
    /// A service that the module offers to the other modules of a tenant.
    public struct Export: Sendable, Equatable {
        /// Its name and type.
        public var declaration: ServiceDeclaration
        /// Whether it may wait: `blocking`, or `inline` for one that may be called from anywhere.
        public var execution: Execution
        /// What a call of it gets at most, whatever the caller's own deadline says.
        public var timeoutMilliseconds: Int64
    }

    /// A service of another module that the module calls.
    public struct Import: Sendable, Equatable {
        /// Its name and type.
        public var declaration: ServiceDeclaration
        /// Whether the module can be enabled where nobody exports it.
        public var isOptional: Bool
    }

    private static let defaultTimeoutMilliseconds: Int64 = 10_000

    static func export(_ place: YAMLReader) throws -> Export {
        if place.isScalar {
            return Export(
                declaration: try declaration(place), execution: .blocking,
                timeoutMilliseconds: defaultTimeoutMilliseconds)
        }
        try place.allow(["service", "execution", "timeout"])
        let execution = try place.optional("execution")?.choice(Execution.self) ?? .blocking
        guard execution != .async else {
            throw place.error("A service is `inline` or `blocking`: its caller waits for the result.")
        }
        return Export(
            declaration: try declaration(place.required("service")), execution: execution,
            timeoutMilliseconds: try place.optional("timeout").map(timeout) ?? defaultTimeoutMilliseconds)
    }

    static func `import`(_ place: YAMLReader) throws -> Import {
        if place.isScalar { return Import(declaration: try declaration(place), isOptional: false) }
        try place.allow(["service", "optional"])
        return Import(
            declaration: try declaration(place.required("service")),
            isOptional: try place.optional("optional")?.boolean() ?? false)
    }

    private static func declaration(_ place: YAMLReader) throws -> ServiceDeclaration {
        guard let declaration = ServiceDeclaration(try place.string()) else {
            throw place.error(
                "A service is written `module.name(string, i64) -> bool`: at most eight parameters and one result or "
                    + "none, of the types string, bytes, bool, i64 and f64, one space after each comma and around the "
                    + "arrow.")
        }
        return declaration
    }

    private static func timeout(_ place: YAMLReader) throws -> Int64 {
        let text = try place.string()
        let (digits, factor): (Substring, Int64) =
            text.hasSuffix("ms") ? (text.dropLast(2), 1) : text.hasSuffix("s") ? (text.dropLast(), 1000) : ("", 1)
        guard let count = Int64(digits), (1...600_000).contains(count), count * factor <= 600_000 else {
            throw place.error("A timeout is written `250ms` or `5s`, at most ten minutes.")
        }
        return count * factor
    }

    /// What declarations of services say of each other and of the module.
    func checkExchange(_ root: YAMLReader) throws {
        for export in exports {
            guard export.declaration.provider == id else {
                throw root.error("`\(export.declaration)` under `services.exports` must begin with `\(id).`.")
            }
            if export.execution == .inline && entry == .serial {
                throw root.error("An inline service needs `entry: concurrent`: event loops do not wait for each other.")
            }
        }
        for use in imports where use.declaration.provider == id {
            throw root.error("`\(use.declaration)` under `services.imports` is the module's own.")
        }
        for use in imports where use.declaration.provider == PlatformService.provider {
            guard PlatformService(use.declaration) != nil else {
                throw root.error("The host has no service `\(use.declaration)`.")
            }
            guard capabilities.contains(.accounts) else {
                throw root.error("Services of the provider `platform` need the capability `accounts`.")
            }
        }
        try refuseRepeatedServices(exports.map(\.declaration), of: root, "services.exports")
        try refuseRepeatedServices(imports.map(\.declaration), of: root, "services.imports")
        if !imports.isEmpty && !capabilities.contains(.services) {
            throw root.error("`services.imports` needs the capability `services`.")
        }
        if capabilities.contains(.services) && imports.isEmpty {
            throw root.error("The capability `services` needs the services that are called under `services.imports`.")
        }
    }

    private func refuseRepeatedServices(
        _ declarations: [ServiceDeclaration], of root: YAMLReader, _ setting: String
    ) throws {
        var seen: Set<String> = []
        for declaration in declarations where !seen.insert(declaration.qualifiedName).inserted {
            throw root.error(
                "`\(declaration.qualifiedName)` stands twice under `\(setting)`. What needs another type needs "
                    + "another name.")
        }
    }
}
