import GantryCore
import GantryGateway
import GantryStore
import GantryThreads
import Glibc

/// What the health routes of this deployment look at.
enum DeploymentHealth {
    /// The supervisor is asked through a closure, since it needs the gateway and the gateway needs the checks.
    static func checks(
        directory: HostDirectory, folder: DataFolder, bus: TimerQueue, supervisor: @escaping @Sendable () -> Supervisor?
    ) -> HealthChecks {
        HealthChecks(
            database: HealthCheck(backend: "sqlite") {
                do throws(StoreError) {
                    _ = try directory.setting("health")
                    // What is in memory may be whole while the file is not.
                    try FileProbe.read(folder.hostDatabasePath)
                    return nil
                } catch {
                    return "the host's database cannot be read (\(error.code))"
                }
            },
            redis: HealthCheck(backend: "in_process") { probeBus(bus) },
            storage: HealthCheck(backend: "local") { probeStorage("\(folder.path)/.health-probe") },
            cache: HealthCheck(backend: "in_process") { nil },
            schemaVersion: { schemaReport(supervisor()) })
    }

    /// Sends something through the queue that all deliveries, retries and schedules of the process are woken by. The
    /// threads that run them may all be busy; that is no fault.
    static func probeBus(_ bus: TimerQueue) -> String? {
        let arrived = Latch()
        let token = bus.schedule(atMilliseconds: 0) { arrived.open() }
        if arrived.wait(until: .after(busTime)) { return nil }
        bus.cancel(token)
        return "the bus is not moving"
    }

    private static let busTime = Duration.milliseconds(1800)

    /// Writes, reads and removes a small file.
    static func probeStorage(_ path: String) -> String? {
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
