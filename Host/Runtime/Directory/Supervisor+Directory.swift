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
                conflict: { [weak self] enablements in
                    for enablement in enablements where self?.catalog.definitions[enablement.module] == nil {
                        return "there is no module `\(enablement.module)`."
                    }
                    return self?.conflict(among: enablements)
                },
                announce: { announcements.wake($0) }))
        let directory = directory
        resources.services.mail.setAnnouncing { announcement in
            try directory.tell(announcement)
            announcements.wake(announcement.tenant)
        }
        return announcements
    }
}
