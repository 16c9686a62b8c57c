import GantryKit

/// Deals with the sessions of one batch, each in a transaction of its own.
///
/// A session and its result are stored together, so a run that is cut off and repeated goes on behind the last one.
struct BatchJob {
    /// Runs after which a batch that cannot be dealt with is given up.
    static let greatestAttempts = 5

    private let batchId: String
    private let attempt: Int

    /// Reads the job's payload.
    init(_ job: borrowing Job, _ context: borrowing CallContext) throws {
        guard let batchId = job.payload["batchId"]?.string else {
            throw HostError(.invalid, message: "The job \(job.id) names no batch.")
        }
        self.batchId = batchId
        attempt = job.attempt
    }

    /// Deals with all sessions that are left, or gives the batch up after too many runs.
    func run(_ context: borrowing CallContext) throws {
        do {
            try dealWithRest(context)
        } catch {
            // A host that is about to stop interrupts the work; that says nothing about the batch.
            guard attempt >= Self.greatestAttempts, !context.isCancelled else { throw error }
            context.log.error("batch given up", ["batch": batchId, "cause": "\(error)"])
            let now = try context.clock.milliseconds()
            try context.database.write { tx in
                try BatchTable.end(batchId, status: "failed", nowMilliseconds: now, tx)
            }
        }
    }

    private func dealWithRest(_ context: borrowing CallContext) throws {
        guard let batch = try context.database.read({ tx in try BatchTable.find(batchId, tx) }) else { return }
        guard batch.completedAt == nil else { return }
        for position in batch.processed..<batch.total {
            guard !context.isCancelled else {
                throw HostError(.cancelled, message: "The instance is closing; the batch goes on later.")
            }
            try dealWith(position, isLast: position == batch.total - 1, context)
        }
        if batch.processed == batch.total { try end(context) }
    }

    private func dealWith(_ position: Int, isLast: Bool, _ context: borrowing CallContext) throws {
        let body = try context.database.read { tx in try BatchTable.body(batchId, position, tx) }
        guard let body else { return }
        let moment = try WriteMoment(context)
        let document = try JSONDocument(body)
        try document.withRoot { root in
            let prepared = SessionWriter.Prepared(try NewSession(root), nowMilliseconds: moment.nowMilliseconds)
            let problem: String
            do {
                let writer = SessionWriter(moment: moment)
                try context.database.write { tx in
                    let result = try writer.store(prepared, tx)
                    try finish(position, result, isFailure: false, isLast: isLast, moment, tx)
                }
                return
            } catch let failure as Failure {
                problem = failure.message
            } catch let refusal as Refusal {
                problem = refusal.findings.map { "\($0.path): \($0.message)" }.joined(separator: " ")
            }
            // What the attempt wrote was undone; the refusal itself is the result.
            let result = SessionJSON.failure(prepared.new.input.sessionId, message: problem)
            try context.database.write { tx in
                try finish(position, result, isFailure: true, isLast: isLast, moment, tx)
            }
        }
    }

    private func finish(
        _ position: Int, _ result: [UInt8], isFailure: Bool, isLast: Bool, _ moment: WriteMoment,
        _ tx: borrowing Transaction
    ) throws {
        guard try BatchTable.finish(batchId, position, result: result, isFailure: isFailure, tx) else {
            // Another run was faster: undo what this one did.
            throw HostError(.conflict, message: "The session at \(position) was dealt with by another run.")
        }
        if isLast { try BatchTable.end(batchId, status: "completed", nowMilliseconds: moment.nowMilliseconds, tx) }
    }

    private func end(_ context: borrowing CallContext) throws {
        let now = try context.clock.milliseconds()
        try context.database.write { tx in
            try BatchTable.end(batchId, status: "completed", nowMilliseconds: now, tx)
        }
    }
}
