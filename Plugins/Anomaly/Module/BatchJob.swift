import AnomalyDetection
import GantryKit
import PlatformParts

/// Deals with the sessions of one batch as if each had been created singly.
///
/// A session and its result are stored in one transaction, so a run that is cut off and repeated goes on behind the
/// last ones. A few sessions share a transaction, since making one durable costs more than everything else together.
struct BatchJob {
    /// Sessions that share a transaction.
    static let sessionsInTransaction = 16
    /// Runs after which a batch that cannot be dealt with is given up.
    static let greatestAttempts = 5

    private let batchId: String
    private let attempt: Int
    private let clock: WriteClock
    private let installation: DetectionConfiguration.Installation

    /// One session of the batch, ready to be stored.
    private struct Item {
        let position: Int
        let prepared: SessionWriter.Prepared

        /// The result that says why the session was not stored.
        func failed(_ message: String) -> [UInt8] {
            SessionJSON.failure(prepared.new.input.sessionId, message: message)
        }
    }

    /// Reads the job's payload.
    init(
        _ job: borrowing Job, _ clock: WriteClock, _ installation: DetectionConfiguration.Installation
    ) throws {
        guard let batchId = job.payload["batchId"]?.string else {
            throw HostError(.invalid, message: "The job \(job.id) names no batch.")
        }
        self.batchId = batchId
        attempt = job.attempt
        self.clock = clock
        self.installation = installation
    }

    /// Deals with all sessions that are left, or gives the batch up after too many runs.
    func run(_ context: borrowing CallContext) throws {
        do {
            try dealWithRest(context)
        } catch {
            // A host that is about to stop interrupts the work; that says nothing about the batch.
            guard attempt >= Self.greatestAttempts, !context.isCancelled else { throw error }
            context.log.error("batch given up", ["batch": batchId, "cause": "\(error)"])
            let now = clock.change(nowMilliseconds: try context.clock.milliseconds())
            try context.database.write { tx in
                try BatchTable.end(batchId, status: "failed", nowMilliseconds: now, tx)
            }
        }
    }

    private func dealWithRest(_ context: borrowing CallContext) throws {
        guard let batch = try context.database.read({ tx in try BatchTable.find(batchId, tx) }) else { return }
        guard batch.completedAt == nil else { return }
        for start in stride(from: batch.processed, to: batch.total, by: Self.sessionsInTransaction) {
            guard !context.isCancelled else {
                throw HostError(.cancelled, message: "The instance is closing; the batch goes on later.")
            }
            let positions = start..<min(start + Self.sessionsInTransaction, batch.total)
            try dealWith(positions, endsBatch: positions.upperBound == batch.total, context)
        }
        if batch.processed == batch.total { try end(context) }
    }

    private func dealWith(_ positions: Range<Int>, endsBatch: Bool, _ context: borrowing CallContext) throws {
        let (bodies, configuration) = try context.database.read { tx in
            (try BatchTable.bodies(batchId, positions, tx), try ModelTable.sessionConfiguration(installation, tx))
        }
        let documents = try bodies.map { (position: $0.position, document: try JSONDocument($0.body)) }
        // What is prepared borrows from the documents.
        defer { withExtendedLifetime(documents) {} }
        let writer = SessionWriter(moment: try .ofCreation(context, clock))
        let items = try documents.map { item in
            Item(
                position: item.position,
                prepared: SessionWriter.Prepared(
                    try NewSession(item.document.root), configuration,
                    nowMilliseconds: writer.moment.nowMilliseconds))
        }
        do {
            try context.database.write { tx in try store(items[...], writer, endsBatch: endsBatch, tx) }
        } catch is Refusal {
            // One of them was refused half-way and has undone the others: let it fail alone.
            for index in items.indices {
                let isLast = index == items.count - 1
                try storeAlone(items[index], writer, endsBatch: endsBatch && isLast, context)
            }
        }
    }

    /// Stores sessions with their results. One whose identifier is taken has changed nothing and fails by itself; what
    /// else is refused throws a `Refusal`.
    private func store(
        _ items: ArraySlice<Item>, _ writer: SessionWriter, endsBatch: Bool, _ tx: borrowing Transaction
    ) throws {
        for item in items {
            do {
                try finish(item, try writer.store(item.prepared, tx), isFailure: false, tx)
            } catch let failure as Failure {
                try finish(item, item.failed(failure.message), isFailure: true, tx)
            }
        }
        if endsBatch {
            try BatchTable.end(batchId, status: "completed", nowMilliseconds: writer.moment.nowMilliseconds, tx)
        }
    }

    private func storeAlone(
        _ item: Item, _ writer: SessionWriter, endsBatch: Bool, _ context: borrowing CallContext
    ) throws {
        do {
            try context.database.write { tx in try store([item], writer, endsBatch: endsBatch, tx) }
        } catch let refusal as Refusal {
            // What the attempt wrote was undone; the refusal itself is the result.
            let problem = refusal.findings.map { "\($0.path): \($0.message)" }.joined(separator: " ")
            try context.database.write { tx in
                try finish(item, item.failed(problem), isFailure: true, tx)
                try store([], writer, endsBatch: endsBatch, tx)
            }
        }
    }

    private func finish(_ item: Item, _ result: [UInt8], isFailure: Bool, _ tx: borrowing Transaction) throws {
        guard try BatchTable.finish(batchId, item.position, result: result, isFailure: isFailure, tx) else {
            // Another run was faster: undo what this one did.
            throw HostError(.conflict, message: "The session at \(item.position) was dealt with by another run.")
        }
    }

    private func end(_ context: borrowing CallContext) throws {
        let now = clock.change(nowMilliseconds: try context.clock.milliseconds())
        try context.database.write { tx in
            try BatchTable.end(batchId, status: "completed", nowMilliseconds: now, tx)
        }
    }
}
