import AnomalyDetection
import GantryKit
import PlatformParts

/// Runs one fine-tuning job.
///
/// A training takes seconds and is the same each time, so a run that is cut off begins anew. The model and the end of
/// the job are stored in one transaction.
struct FineTuneRun {
    /// Runs after which a job that cannot be done is given up.
    static let greatestAttempts = 5

    private let jobId: String
    private let attempt: Int
    private let clock: WriteClock
    private let installation: DetectionConfiguration.Installation

    /// Reads the job's payload.
    init(
        _ job: borrowing Job, _ clock: WriteClock, _ installation: DetectionConfiguration.Installation
    ) throws {
        guard let jobId = job.payload["jobId"]?.string else {
            throw HostError(.invalid, message: "The job \(job.id) names no fine-tuning.")
        }
        self.jobId = jobId
        attempt = job.attempt
        self.clock = clock
        self.installation = installation
    }

    /// Trains and stores the model, or ends the job as failed.
    func run(_ context: borrowing CallContext) throws {
        // Runs that the process did not survive leave no error behind; they count all the same.
        guard attempt <= Self.greatestAttempts else {
            try fail("The training was interrupted too often.", context)
            return
        }
        do {
            try train(context)
        } catch {
            guard attempt >= Self.greatestAttempts, !context.isCancelled else { throw error }
            context.log.error("fine-tuning given up", ["job": jobId, "cause": "\(error)"])
            try fail("The training could not be carried out because of an internal error.", context)
        }
    }

    private func train(_ context: borrowing CallContext) throws {
        guard let job = try context.database.read({ tx in try FineTuneTable.find(jobId, tx) }), job.isOpen else {
            return
        }
        guard let base = BaseModel.find(job.baseModelId) else {
            try fail("The base model \(job.baseModelId) is no longer there.", context)
            return
        }
        let now = clock.change(nowMilliseconds: try context.clock.milliseconds())
        try context.database.write { tx in try FineTuneTable.run(jobId, nowMilliseconds: now, tx) }
        let settings = try JSONDocument(job.config).withRoot { FineTuneInput.settings($0) }
        let sessionIds = try context.database.read { tx in try FineTuneTable.sessions(jobId, tx) }
        let sessions = try TrainingSessions.load(sessionIds, context.database) { context.isCancelled }
        guard !context.isCancelled else { throw interrupted }
        guard sessions.count >= TrainingSessions.least else {
            try fail(
                "Of the \(sessionIds.count) sessions that were chosen only \(sessions.count) can still be used; "
                    + "at least \(TrainingSessions.least) are needed.", context)
            return
        }
        guard let trained = ModelTraining.run(base.type, settings, installation, sessions, { context.isCancelled })
        else {
            throw interrupted
        }
        let model = NewModel(
            modelId: "\(base.type.rawValue)-\(try context.random.uuid())", base: base, name: job.name,
            description: "Tuned from \(base.name) on \(sessions.count) sessions.", metrics: trained.metrics,
            parameters: trained.parameters)
        let end = clock.change(nowMilliseconds: try context.clock.milliseconds())
        try context.database.write { tx in
            try FineTuneTable.complete(jobId, model, nowMilliseconds: end, tx)
        }
    }

    private var interrupted: HostError {
        HostError(.cancelled, message: "The instance is closing; the training begins anew later.")
    }

    private func fail(_ message: String, _ context: borrowing CallContext) throws {
        let now = clock.change(nowMilliseconds: try context.clock.milliseconds())
        try context.database.write { tx in
            try FineTuneTable.fail(jobId, message, nowMilliseconds: now, tx)
        }
    }
}
