import GantryCore
import GantryTelemetry

extension Supervisor {
    /// Puts tenants on a version where they are on none, and on the newest where the bundle of theirs was replaced by
    /// it. Gives the versions of those that are not on the newest.
    func settlePins() throws -> [HostDirectory.Place: String] {
        var pins: [HostDirectory.Place: String] = [:]
        for (id, newest) in catalog.definitions {
            try directory.pinUnlessPinned(id, to: newest.manifest.version)
            let others = try directory.pins(of: id, otherThan: newest.manifest.version)
            var replaced: Set<String> = []
            for (place, version) in others {
                if catalog.served(id, on: version) === newest {
                    replaced.insert(version)
                } else {
                    pins[place] = version
                }
            }
            for version in replaced.sorted() {
                try directory.movePins(of: id, from: version, to: newest.manifest.version)
                resources.log.write(
                    .info, "The bundle of a version is gone; its tenants are served from the one in its place.",
                    scope: LogScope(module: id),
                    fields: [LogField("from", version), LogField("to", newest.manifest.version)])
            }
        }
        return pins
    }

    /// Puts tenants that are new on the newest version of what they have enabled, all in one write.
    func putOnNewest(_ enablements: [HostDirectory.Enablement]) throws {
        try directory.pinUnlessPinned(
            enablements.compactMap { enablement in
                catalog.definitions[enablement.module].map { (enablement.place, $0.manifest.version) }
            })
    }
}
