import GantryCore
import GantryEvents
import GantryJSON
import GantryStore
import GantryThreads

extension Administration {
    func listJobs(_ arguments: CommandArguments) throws -> String {
        let state = try Self.choice("state", arguments, Self.jobStates)
        let name = arguments.values["name"]
        return try page(arguments) { database, after, limit in
            let filter = JobList.Filter(state: state, name: name, afterSequence: after ?? 0)
            return try JobList.entries(in: database, filter, limit: limit)
        } sequence: {
            $0.sequence
        } write: { _, entry, writer in
            Self.write(entry, into: &writer)
        }
    }

    func showJob(_ arguments: CommandArguments) throws -> String {
        let id = try Self.identifier(arguments)
        return try first(of: arguments, "job `\(id)`") { database, place in
            guard let (entry, payload) = try JobList.job(id, in: database) else { return nil }
            return Self.object { writer in
                writer.key("tenant")
                writer.string(place.tenant)
                writer.key("module")
                writer.string(place.module)
                Self.write(entry, into: &writer)
                writer.key("payload")
                Self.write(json: payload, into: &writer)
            }
        }
    }

    /// One job, or all of a module that were given up.
    func retryJobs(_ arguments: CommandArguments) throws -> String {
        if arguments.values["id"] != nil { return try change(arguments, "retried", JobList.retry) }
        let place = try workPlace(arguments)
        let count = try withWritableDatabase(of: place) { database in
            try JobList.retryFailed(name: arguments.values["name"], in: database)
        }
        return Self.object { writer in
            writer.key("tenant")
            writer.string(place.tenant)
            writer.key("module")
            writer.string(place.module)
            writer.key("retried")
            writer.int(count)
        }
    }

    func cancelJob(_ arguments: CommandArguments) throws -> String {
        try change(arguments, "cancelled", JobList.cancel)
    }

    private func change(
        _ arguments: CommandArguments, _ word: String,
        _ body: (UniqueIdentifier, Database) throws(StoreError) -> JobList.Change
    ) throws -> String {
        let id = try Self.identifier(arguments)
        let place = try first(of: arguments, "job `\(id)`") { database, place in
            try JobList.job(id, in: database) == nil ? nil : place
        }
        switch try withWritableDatabase(of: place, { try body(id, $0) }) {
        case .missing:
            throw AdministrationError(code: "conflict", message: "The job `\(id)` has just ended.")
        case .refused:
            throw AdministrationError(
                code: "conflict", message: "The job `\(id)` runs now; what runs can be neither taken back nor begun.")
        case .done:
            return Self.object { writer in
                writer.key("tenant")
                writer.string(place.tenant)
                writer.key("module")
                writer.string(place.module)
                writer.key("id")
                writer.string(id.description)
                writer.key("state")
                writer.string(word)
            }
        }
    }

    func listSchedules(_ arguments: CommandArguments) throws -> String {
        var rows: [(place: WorkPlace, schedule: Schedule, entry: ScheduleList.Entry?)] = []
        for place in try workPlaces(arguments) {
            guard let schedules = place.manifest?.schedules, !schedules.isEmpty else { continue }
            let entries = try withDatabase(of: place) { try ScheduleList.entries(in: $0) }
            rows += schedules.map { schedule in (place, schedule, entries.first { $0.name == schedule.name }) }
        }
        let now = systemWallClock()
        return Self.list(rows) { row, writer in
            let isEnabled = row.place.enablement.isEnabled
            // A module that has not run yet has noted nothing.
            let due =
                row.entry?.dueMilliseconds
                ?? row.schedule.nextDueMilliseconds(after: now, at: "\(row.place.tenant)/\(row.place.module)")
            writer.key("tenant")
            writer.string(row.place.tenant)
            writer.key("module")
            writer.string(row.place.module)
            writer.key("schedule")
            writer.string(row.schedule.name)
            writer.key("job")
            writer.string(row.schedule.job)
            writer.key("timing")
            writer.string(row.entry?.timing ?? "\(row.schedule.timing)")
            writer.key("next")
            Self.write(time: isEnabled ? due : nil, into: &writer)
            writer.key("last")
            Self.write(time: row.entry?.lastQueuedMilliseconds, into: &writer)
            writer.key("missed")
            writer.int(row.entry?.missedCount ?? 0)
            writer.key("state")
            writer.string(isEnabled ? "enabled" : "disabled")
        }
    }

    private static let jobStates: [(word: String, value: JobList.State)] = [
        ("waiting", .waiting), ("running", .running), ("failed", .failed),
    ]

    private static func write(_ entry: JobList.Entry, into writer: inout JSONWriter) {
        writer.key("id")
        writer.string(entry.id.description)
        writer.key("job")
        writer.string(entry.name)
        writer.key("key")
        writer.string(entry.key)
        writer.key("state")
        writer.string(jobStates.first { $0.value == entry.state }?.word)
        writer.key("attempts")
        writer.int(Int(entry.attempt))
        writer.key("queued")
        writer.timestamp(milliseconds: entry.queuedMilliseconds)
        writer.key("next")
        write(time: entry.state == .waiting ? entry.notBeforeMilliseconds : nil, into: &writer)
        writer.key("error")
        writer.string(entry.lastError)
    }
}
