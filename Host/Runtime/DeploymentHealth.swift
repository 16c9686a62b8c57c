import GantryCore
import GantryGateway
import GantryStore
import GantryThreads
import Glibc

/// What the health routes of this deployment look at.
enum DeploymentHealth {
    /// The supervisor is asked through a closure, since it needs the gateway and the gateway needs the checks.
    static func checks(
        directory: HostDirectory, dataFolder: String, supervisor: @escaping @Sendable () -> Supervisor?
    ) -> HealthChecks {
        HealthChecks(
            database: HealthCheck(backend: "sqlite") {
                do throws(StoreError) {
                    _ = try directory.setting("health")
                    return nil
                } catch {
                    return "the host's database cannot be read (\(error.code))"
                }
            },
            redis: HealthCheck(backend: "in_process") { nil },
            storage: HealthCheck(backend: "local") { probeStorage("\(dataFolder)/.health-probe") },
            cache: HealthCheck(backend: "in_process") { nil },
            schemaVersion: { schemaReport(supervisor()) })
    }

    /// Writes, reads and removes a small file.
    private static func probeStorage(_ path: String) -> String? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return "the data folder cannot be written" }
        defer {
            close(descriptor)
            unlink(path)
        }
        var byte: UInt8 = 0x47
        var read: UInt8 = 0
        guard write(descriptor, &byte, 1) == 1, pread(descriptor, &read, 1, 0) == 1, read == byte else {
            return "the data folder does not keep what is written"
        }
        return nil
    }

    /// The newest migration of the modules in service against what is applied, by `host.db` and by what was found in
    /// the databases that were opened. A module that cannot be started for a tenant is no matter of this check.
    private static func schemaReport(_ supervisor: Supervisor?) -> SchemaReport {
        guard let supervisor else { return SchemaReport(expected: "", current: "", pending: []) }
        let late = supervisor.registry.modulesBehind
        var expected = ""
        var behind: [String] = []
        for id in supervisor.registry.modulesInService {
            if late.contains(id) { behind.append(id) }
            guard let newest = supervisor.catalog.definitions[id]?.migrations.last else { continue }
            let name = String(newest.version)
            expected = max(expected, String(repeating: "0", count: max(0, 4 - name.count)) + name)
        }
        let detail =
            behind.isEmpty
            ? nil : "\(behind.count) module\(behind.count == 1 ? "" : "s") with databases to migrate or to mend"
        return SchemaReport(
            expected: expected, current: behind.isEmpty ? expected : "", pending: behind, detail: detail)
    }
}
