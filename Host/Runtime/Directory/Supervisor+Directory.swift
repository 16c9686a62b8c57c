import GantryCore

extension Supervisor {
    /// Serves what changes in the directory at once, and tells the tenants' modules of it.
    func announcing(_ people: TenantDirectory) -> Announcements {
        let announcements = Announcements(
            directory: directory, background: resources.background, timers: resources.timers, log: resources.log
        ) { [weak self] in self?.hosted($0) }
        people.setService(
            TenantDirectory.Service(
                begin: { [weak self] in try self?.add(tenants: [$0]) },
                conflict: { [weak self] in self?.conflict(among: $0) },
                announce: { announcements.wake($0) }))
        return announcements
    }
}
