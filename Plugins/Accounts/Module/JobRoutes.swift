import GantryKit
import PlatformParts

extension AccountsModule {
    static var jobHandlers: [Handler<Self>] {
        [
            .operation("listJobs") { _, request in try listJobs(request) },
            .operation("retryJob") { _, request in try retryJob(request) },
        ]
    }

    private static func listJobs(_ request: borrowing Request) throws -> Response {
        _ = try Caller.account(request)
        let page = try ListPage(request.query)
        let isSecond = request.apiVersion == 2
        let text = try request.services.call(
            PlatformServices.jobs, request.query["status"] ?? "", Int64(page.skip), Int64(page.limit))
        return try JSONDocument(text).withRoot { root in
            let total = Int(root["total"]?.int64 ?? 0)
            return page.response(itemCapacity: 320) { writer in
                var count = 0
                if let items = root["items"] {
                    for job in items.elements { writer.job(job, isSecond: isSecond) }
                    count = items.count
                }
                return count
            } count: {
                total
            }
        }
    }

    private static func retryJob(_ request: borrowing Request) throws -> Response {
        let actor = try Caller.account(request).id
        let id = request.parameters[0]
        let isSecond = request.apiVersion == 2
        let address = request.headers["x-forwarded-for"]
        let now = try request.clock.milliseconds()
        let answer = try JSONDocument(try request.services.call(PlatformServices.retryJob, id))
        let (outcome, name, module) = answer.withRoot { root in
            (root["outcome"]?.string, root["job"]?["name"]?.string, root["job"]?["module"]?.string)
        }
        switch outcome {
        case "queued": break
        case "not_failed": throw Failure(409, reason: "job_not_failed", "Only a job that has failed is tried again.")
        case "module_disabled": throw Failure(409, reason: "module_disabled", "The module that ran it is not enabled.")
        default: throw Failure.missing("Job", id)
        }
        try request.database.write { tx in
            try AuditTable.append(
                AuditEntry(
                    actor: actor, action: "job.retry", resourceType: "job", resource: id, address: address,
                    createdAt: now), tx)
            try tx.publish("job.retried", key: id) { writer in
                writer.beginObject()
                for (member, text) in [("job_id", id), ("name", name), ("module", module), ("actor_id", actor)] {
                    writer.key(member)
                    writer.string(text)
                }
                writer.time("occurred_at", now)
                writer.endObject()
            }
        }
        try Settlement.run(request)
        return answer.withRoot { root in
            .json(status: 202, capacity: 512) { writer in
                if let job = root["job"] { writer.job(job, isSecond: isSecond) }
            }
        }
    }
}

extension JSONWriter {
    /// Writes a job as the host has told of it.
    fileprivate mutating func job(_ job: JSONValue, isSecond: Bool) {
        beginObject()
        for name in ["id", "name", "module", "status", "error"] as [StaticString] {
            key(name)
            string(job[name]?.string)
        }
        for name in ["attempts", "max_attempts"] as [StaticString] {
            key(name)
            int(job[name]?.int64 ?? 0)
        }
        let (started, finished) = (job["started_at"]?.int64, job["finished_at"]?.int64)
        time("created_at", job["created_at"]?.int64)
        time("started_at", started)
        time("finished_at", finished)
        if isSecond {
            key("duration_ms")
            int(finished.flatMap { end in started.map { max(0, end - $0) } })
        }
        endObject()
    }
}
