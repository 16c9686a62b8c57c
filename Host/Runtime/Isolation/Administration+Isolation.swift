import GantryCore
import GantryJSON
import GantryLoader
import GantryThreads

extension Administration {
    /// Has a module run elsewhere, or with other limits, for all tenants that have it.
    func isolate(_ arguments: CommandArguments) throws -> String {
        let module = try arguments.required("module")
        guard let isolation = Deployment.Isolation(text: try arguments.required("isolation")) else {
            throw AdministrationError(code: "invalid", message: "This is no isolation that this host knows.")
        }
        try isolations.set(isolation, for: module)
        try supervisor?.isolate(module)
        return Self.answer(module: module)
    }

    /// Starts a module anew, in a process of its own or in the host's, and forgets how often its workers have crashed.
    func restartModule(_ arguments: CommandArguments) throws -> String {
        let definition = try definition(arguments)
        let tenant = try arguments.values["tenant"] == nil ? nil : self.tenant(arguments).id
        guard let supervisor else {
            throw AdministrationError(
                code: "failed", message: "No host runs on this folder: nothing is to be restarted.")
        }
        let failures = try supervisor.restart(definition.manifest.id, tenant: tenant)
        if let failure = failures.first {
            throw AdministrationError(code: "failed", message: "`\(failure.tenant)`: \(failure.message)")
        }
        return Self.object { writer in
            writer.key("module")
            writer.string(definition.manifest.id)
            writer.key("tenant")
            writer.string(tenant)
            writer.key("state")
            writer.string("restarted")
        }
    }

    /// Where a module runs and what became of its workers, in a row of the list.
    func writeIsolation(of module: String, into writer: inout JSONWriter) throws {
        let posts = supervisor?.resources.fleet.posts(of: module) ?? []
        writer.key("isolation")
        writer.string(try isolations.isolation(of: module).tier.rawValue)
        writer.key("state")
        writer.string(Self.worst(of: posts.map { Self.state(of: $0.snapshot) }))
        writer.key("restarts")
        writer.int(posts.reduce(0) { $0 + $1.snapshot.restartCount })
        writer.key("last_exit")
        let last = posts.compactMap(\.snapshot.lastCrash).max { $0.atMilliseconds < $1.atMilliseconds }
        writer.string(last?.end.text)
    }

    /// The same with everything that is known.
    func writeWorkers(of module: String, into writer: inout JSONWriter) throws {
        writer.key("isolation")
        writer.string(try isolations.isolation(of: module).text)
        writer.key("workers")
        let posts = supervisor?.resources.fleet.posts(of: module) ?? []
        Self.array(posts, into: &writer) { post, writer in Self.write(post, into: &writer) }
        writer.key("last_crash")
        let crash = CrashFile.last(in: folder)
        if let crash, crash.module == module { writer.raw(crash.json) } else { writer.string(nil) }
    }

    private static func write(_ post: WorkerPost, into writer: inout JSONWriter) {
        let snapshot = post.snapshot
        writer.key("version")
        writer.string(post.key.version)
        writer.key("tenant")
        writer.string(post.key.tenant)
        writer.key("state")
        writer.string(state(of: snapshot))
        writer.key("process")
        if let worker = snapshot.worker { writer.int(Int(worker.number)) } else { writer.string(nil) }
        writer.key("memory_bytes")
        writer.int(snapshot.worker?.memoryBytes ?? 0)
        writer.key("processor_milliseconds")
        writer.int(snapshot.worker?.processorMilliseconds ?? 0)
        writer.key("restarts")
        writer.int(snapshot.restartCount)
        writer.key("crashes")
        writer.int(snapshot.budget.crashes.count)
        writer.key("next_start")
        if let time = nextStart(of: snapshot) { writer.timestamp(milliseconds: time) } else { writer.string(nil) }
        writer.key("last_exit_at")
        if let crash = snapshot.lastCrash {
            writer.timestamp(milliseconds: crash.atMilliseconds)
        } else {
            writer.string(nil)
        }
        writer.key("reason")
        writer.string(snapshot.lastCrash?.end.reason)
        writer.key("last_exit")
        writer.string(snapshot.lastCrash?.end.text)
        writer.key("printed")
        writer.string(snapshot.lastCrash.map(\.printed))
    }

    /// `running`, `waiting` for its next start, `quarantined`, or `stopped` because nobody wants it.
    private static func state(of post: WorkerPost.State) -> String {
        if post.budget.isQuarantined { return "quarantined" }
        if let worker = post.worker, !worker.isOver { return "running" }
        return nextStart(of: post) == nil ? "stopped" : "waiting"
    }

    private static func worst(of states: [String]) -> String? {
        ["quarantined", "waiting", "running", "stopped"].first { states.contains($0) }
    }

    /// When it is started again, in milliseconds since 1970; nil when it runs, or is not started by itself.
    private static func nextStart(of post: WorkerPost.State) -> Int64? {
        let now = Deadline.now.monotonicNanoseconds / 1_000_000
        guard case .at(let time) = post.budget.verdict(atMilliseconds: now) else { return nil }
        return systemWallClock() + time - now
    }
}
