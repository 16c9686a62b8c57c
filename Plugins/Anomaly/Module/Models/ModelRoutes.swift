import GantryKit

extension AnomalyModule {
    static var modelHandlers: [Handler<Self>] {
        [
            .operation("listModels") { _, request in try listModels(request) },
            .operation("getModel") { _, request in try getModel(request) },
            .operation("startFineTune") { module, request in try module.startFineTune(request) },
            .check("startFineTune") { _, request, report in
                FineTuneInput.check(request.body) { report($0) }
            },
            .operation("getFineTuneJob") { _, request in try getFineTuneJob(request) },
            .job("fine-tune") { module, job, context in
                try FineTuneRun(job, module.clock, module.settings.installation).run(context)
            },
        ]
    }

    private static func listModels(_ request: borrowing Request) throws -> Response {
        try request.database.read { tx in
            try .json(capacity: 4096) { writer in
                writer.beginObject()
                writer.key("models")
                writer.beginArray()
                for model in BaseModel.all { model.write(to: &writer, inDetail: false) }
                try ModelTable.forEach(tx) { try ModelTable.write($0, to: &writer, inDetail: false) }
                writer.endArray()
                writer.endObject()
            }
        }
    }

    private static func getModel(_ request: borrowing Request) throws -> Response {
        let modelId = request.parameters[0]
        var writer = JSONWriter(capacity: 1024)
        if let base = BaseModel.find(modelId) {
            base.write(to: &writer, inDetail: true)
        } else {
            let found: Bool? = try request.database.read { tx in
                try ModelTable.find(modelId, tx) { row in
                    try ModelTable.write(row, to: &writer, inDetail: true)
                    return true
                }
            }
            guard found != nil else { throw Failure(404, reason: "not_found", "No such model.") }
        }
        return Response(contentType: "application/json", bytes: writer.bytes)
    }

    private func startFineTune(_ request: borrowing Request) throws -> Response {
        let input = FineTuneInput(request.body)
        let moment = try WriteMoment.ofChange(request, clock)
        let jobId = try moment.random.uuid()
        guard BaseModel.find(input.baseModelId) != nil else {
            throw Refusal([
                FieldFinding("baseModelId", code: "unknown_reference", "There is no active base model of this name.")
            ])
        }
        // Outside of the transaction that writes: a filter that few sessions match may take its time.
        let sessionIds = try request.database.read { tx in try TrainingSessions.choose(input.filter, tx) }
        guard sessionIds.count >= TrainingSessions.least else {
            throw Refusal([
                FieldFinding(
                    "dataSource.sessionFilter", code: "not_enough_training_data",
                    "\(sessionIds.count) analysed sessions match, at least \(TrainingSessions.least) are needed.")
            ])
        }
        try request.database.write { tx in
            guard try !FineTuneTable.hasOpen(tx) else {
                throw Failure(409, reason: "fine_tune_in_progress", "A fine-tuning is queued or running already.")
            }
            try FineTuneTable.insert(
                jobId, input, sessions: TrainingSessions.json(sessionIds), nowMilliseconds: moment.nowMilliseconds, tx)
            try tx.enqueue("fine-tune") { writer in
                writer.beginObject()
                writer.key("jobId")
                writer.string(jobId)
                writer.endObject()
            }
        }
        return .json { writer in
            writer.beginObject()
            writer.key("jobId")
            writer.string(jobId)
            writer.key("status")
            writer.string("queued")
            writer.key("baseModelId")
            writer.string(input.baseModelId)
            writer.key("createdAt")
            writer.timestamp(milliseconds: moment.nowMilliseconds)
            writer.endObject()
        }
    }

    private static func getFineTuneJob(_ request: borrowing Request) throws -> Response {
        let jobId = request.parameters[0].lowercased()
        let job = try request.database.read { tx in try FineTuneTable.find(jobId, tx) }
        guard let job else { throw Failure(404, reason: "not_found", "No such fine-tuning job.") }
        return .json { job.write(to: &$0) }
    }
}
