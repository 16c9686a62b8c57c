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

    /// The same for one tenant.
    func settlePins(of enablements: [HostDirectory.Enablement]) throws -> [HostDirectory.Place: String] {
        var pins: [HostDirectory.Place: String] = [:]
        for enablement in enablements {
            guard let newest = catalog.definitions[enablement.module] else { continue }
            try directory.pinUnlessPinned(
                enablement.module, to: newest.manifest.version, tenant: enablement.tenant)
            pins[enablement.place] = try directory.pin(enablement.place)?.version
        }
        return pins
    }
}
