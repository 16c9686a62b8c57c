import GantryKit

extension AnomalyModule {
    static var batchHandlers: [Handler<Self>] {
        [
            .operation("submitBatch") { module, request in try module.submitBatch(request) },
            .check("submitBatch") { _, request, report in
                try check(request, report) { $0.batch($1) }
            },
            .operation("getBatch") { _, request in try getBatch(request) },
            .job("batch") { module, job, context in
                try BatchJob(job, module.clock, module.settings.installation).run(context)
            },
        ]
    }

    private func submitBatch(_ request: borrowing Request) throws -> Response {
        let moment = try WriteMoment.ofChange(request, clock)
        let batchId = try moment.random.uuid()
        let bodies = request.body["sessions"]?.elements.map { [UInt8]($0.rawBytes) } ?? []
        try request.database.write { tx in
            try BatchTable.insert(batchId, bodies, nowMilliseconds: moment.nowMilliseconds, tx)
            try tx.enqueue("batch") { writer in
                writer.beginObject()
                writer.key("batchId")
                writer.string(batchId)
                writer.endObject()
            }
        }
        return .json { writer in
            writer.beginObject()
            writer.key("batchId")
            writer.string(batchId)
            writer.key("totalSessions")
            writer.int(bodies.count)
            writer.key("status")
            writer.string("pending")
            writer.endObject()
        }
    }

    private static func getBatch(_ request: borrowing Request) throws -> Response {
        let batchId = request.parameters[0].lowercased()
        let page = try PageRequest(request.query)
        return try request.database.read { tx in
            guard let batch = try BatchTable.find(batchId, tx) else {
                throw Failure(404, reason: "not_found", "No such batch.")
            }
            return try .json(capacity: 512 + page.size * 512) { writer in
                writer.beginObject()
                writer.key("batchId")
                writer.string(batchId)
                writer.key("status")
                writer.string(batch.status)
                writer.key("totalSessions")
                writer.int(batch.total)
                writer.key("processedSessions")
                writer.int(batch.processed)
                writer.key("failedSessions")
                writer.int(batch.failed)
                writer.key("results")
                writer.beginArray()
                try BatchTable.forEachResult(batchId, page, tx) { writer.raw($0) }
                writer.endArray()
                writer.key("page")
                writer.int(page.page)
                writer.key("pageSize")
                writer.int(page.size)
                writer.key("createdAt")
                writer.timestamp(milliseconds: batch.createdAt)
                writer.key("completedAt")
                if let completedAt = batch.completedAt {
                    writer.timestamp(milliseconds: completedAt)
                } else {
                    writer.null()
                }
                writer.endObject()
            }
        }
    }
}
