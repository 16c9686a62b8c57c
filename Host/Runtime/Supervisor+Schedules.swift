import GantryCore
import GantryStore
import GantryTelemetry
import GantryThreads

extension Supervisor {
    /// How long before an occurrence, and how often at most, those that need a database for it get one.
    private static let leadMilliseconds: Int64 = 60_000

    /// Starts the module for the tenants that never used it shortly before its schedules come to their next occurrence:
    /// until then they cost nothing. One timer serves them all, for as long as the host runs.
    func openBeforeSchedules(of manifest: Manifest, after time: Int64) {
        guard let next = manifest.schedules.map({ $0.timing.next(after: time) }).min(), next != .max else { return }
        let earliest = max(next - Self.leadMilliseconds, time)
        _ = resources.timers.schedule(atMilliseconds: earliest) { [weak self] in
            _ = self?.resources.startPool.submit { [weak self] in
                self?.openUnused(manifest)
                self?.openBeforeSchedules(of: manifest, after: max(next, systemWallClock() + Self.leadMilliseconds))
            }
        }
    }

    private func openUnused(_ manifest: Manifest) {
        if state.withLock({ $0.isStopped }) { return }
        do throws(StoreError) {
            for place in try directory.placesWithoutDatabase(of: manifest.id) {
                add(place, atMilliseconds: 0, evicts: true)
            }
        } catch {
            resources.log.write(
                .error, "The schedules of modules that were never used cannot be begun.",
                scope: LogScope(module: manifest.id), fields: [LogField("reason", error.message)])
        }
    }
}
