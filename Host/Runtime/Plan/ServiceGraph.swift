import GantryCore

/// Which services the modules of one tenant have of each other, and what does not fit together. A module that lacks a
/// service runs all the same, and its calls are told so; but nobody should set it up like that without knowing.
struct ServiceGraph {
    /// Something that does not fit.
    struct Problem: Hashable {
        /// `missing_service`, `service_mismatch` or `service_cycle`.
        var code: String
        var module: String
        var message: String
    }

    private let manifests: [String: Manifest]

    init(_ manifests: some Sequence<Manifest>) {
        self.manifests = Dictionary(manifests.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Everything that does not fit, in the order of the modules' ids.
    var problems: [Problem] {
        let importers = manifests.values.filter { !$0.imports.isEmpty }.sorted { $0.id < $1.id }
        if importers.isEmpty { return [] }
        return importers.flatMap { importer in importer.imports.compactMap { problem($0, of: importer) } }
            + cycles(among: importers.map(\.id))
    }

    /// What a change of one module brings: problems that were not there before.
    static func problems(
        of manifests: some Sequence<Manifest>, with changed: Manifest
    ) -> [Problem] {
        let others = manifests.filter { $0.id != changed.id }
        let before = Set(ServiceGraph(manifests).problems)
        return ServiceGraph(others + [changed]).problems.filter { !before.contains($0) }
    }

    /// Modules that call services of one.
    func importers(of provider: String) -> [String] {
        manifests.values.filter { $0.imports.contains { $0.declaration.provider == provider } }.map(\.id).sorted()
    }

    private func problem(_ use: Manifest.Import, of importer: Manifest) -> Problem? {
        let wanted = use.declaration
        // What the host itself offers is always there; the manifest was held against it.
        if wanted.provider == PlatformService.provider { return nil }
        guard let provider = manifests[wanted.provider] else {
            if use.isOptional { return nil }
            return Problem(
                code: "missing_service", module: importer.id,
                message: "`\(importer.id)` imports `\(wanted)`, and the module `\(wanted.provider)` is not enabled "
                    + "for the tenant. Enable it, or mark the import `optional: true`.")
        }
        guard let export = provider.exports.first(where: { $0.declaration.name == wanted.name }) else {
            if use.isOptional { return nil }
            return Problem(
                code: "missing_service", module: importer.id,
                message: "`\(importer.id)` \(importer.version) imports `\(wanted)`, and `\(provider.id)` "
                    + "\(provider.version) does not export it.")
        }
        if export.declaration == wanted { return nil }
        return Problem(
            code: "service_mismatch", module: importer.id,
            message: "`\(importer.id)` \(importer.version) imports `\(wanted)`, and `\(provider.id)` "
                + "\(provider.version) exports `\(export.declaration)`.")
    }

    /// Circles of modules that call each other, each once.
    private func cycles(among importers: [String]) -> [Problem] {
        var problems: [Problem] = []
        var done: Set<String> = []
        for start in importers { follow([start], &done, &problems) }
        return problems
    }

    private func follow(_ path: [String], _ done: inout Set<String>, _ problems: inout [Problem]) {
        guard let last = path.last, !done.contains(last) else { return }
        let providers = Set(manifests[last]?.imports.map(\.declaration.provider) ?? [])
        for provider in providers.sorted() where manifests[provider] != nil {
            guard let first = path.firstIndex(of: provider) else {
                follow(path + [provider], &done, &problems)
                continue
            }
            let circle = (path[first...] + [provider]).map { "`\($0)`" }.joined(separator: " → ")
            problems.append(
                Problem(
                    code: "service_cycle", module: provider,
                    message: "Services go round in a circle: \(circle). Modules must not call each other so."))
        }
        done.insert(last)
    }
}
