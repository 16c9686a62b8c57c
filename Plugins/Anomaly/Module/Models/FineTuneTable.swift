import GantryKit

/// A fine-tuning job as its row in the database holds it.
struct StoredFineTune {
    /// Its identifier.
    var jobId: String
    /// `queued`, `running`, `completed` or `failed`.
    var status: String
    /// The model to start from.
    var baseModelId: String
    /// The model that it gave; nil before.
    var resultModelId: String?
    /// Name of the resulting model.
    var name: String
    /// The training settings and the data source as they are sent, a JSON object.
    var config: [UInt8]
    /// When it was queued, in milliseconds since 1970.
    var createdAt: Int64
    /// When it first ran; nil before.
    var startedAt: Int64?
    /// When it ended; nil before.
    var completedAt: Int64?
    /// Why it failed; nil when it did not.
    var errorMessage: String?

    /// Whether it is still to be done.
    var isOpen: Bool { completedAt == nil }

    /// Writes it as the contract's `FineTuneJob`.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("jobId")
        writer.string(jobId)
        writer.key("status")
        writer.string(status)
        writer.key("baseModelId")
        writer.string(baseModelId)
        writer.key("resultModelId")
        writer.string(resultModelId)
        writer.key("config")
        writer.raw(config)
        writer.key("createdAt")
        writer.timestamp(milliseconds: createdAt)
        writer.key("startedAt")
        Self.write(startedAt, to: &writer)
        writer.key("completedAt")
        Self.write(completedAt, to: &writer)
        writer.key("errorMessage")
        writer.string(errorMessage)
        writer.endObject()
    }

    private static func write(_ time: Int64?, to writer: inout JSONWriter) {
        if let time { writer.timestamp(milliseconds: time) } else { writer.null() }
    }
}

/// Statements on the table of fine-tuning jobs.
enum FineTuneTable {
    /// Longest message of a failure, in characters.
    private static let greatestMessage = 1000

    /// Stores a job that waits.
    static func insert(
        _ jobId: String, _ input: FineTuneInput, sessions: [UInt8], nowMilliseconds: Int64, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO fine_tune_jobs (job_id, status, is_open, base_model, name, config, sessions, created_at) \
            VALUES ($1, 'queued', 1, $2, $3, $4, $5, $6)
            """, jobId, input.baseModelId, input.name, SQLText(utf8: input.config), SQLText(utf8: sessions),
            nowMilliseconds)
    }

    /// Whether a job is queued or running.
    static func hasOpen(_ tx: borrowing Transaction) throws -> Bool {
        try tx.first("SELECT 1 FROM fine_tune_jobs WHERE is_open = 1") { _ in true } ?? false
    }

    /// Reads a job; nil when there is none.
    static func find(_ jobId: String, _ tx: borrowing Transaction) throws -> StoredFineTune? {
        try tx.first(
            """
            SELECT status, base_model, result_model, name, config, created_at, started_at, completed_at, error_message \
            FROM fine_tune_jobs WHERE job_id = $1
            """, jobId
        ) { row in
            StoredFineTune(
                jobId: jobId, status: try row[0], baseModelId: try row[1], resultModelId: try row[2],
                name: try row[3], config: Array(try row.get(4, as: String.self).utf8), createdAt: try row[5],
                startedAt: try row[6], completedAt: try row[7], errorMessage: try row[8])
        }
    }

    /// The sessions that a job learns from; empty once it has ended.
    static func sessions(_ jobId: String, _ tx: borrowing Transaction) throws -> [String] {
        try tx.first("SELECT sessions FROM fine_tune_jobs WHERE job_id = $1 AND sessions IS NOT NULL", jobId) { row in
            let column = try row.column(0)
            return try JSONDocument([UInt8](try column.require(column.text))).withRoot { root in
                root.elements.compactMap(\.string)
            }
        } ?? []
    }

    /// Notes that a job runs; when it first did stays.
    static func run(_ jobId: String, nowMilliseconds: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE fine_tune_jobs SET status = 'running', started_at = COALESCE(started_at, $2) \
            WHERE job_id = $1 AND is_open = 1
            """, jobId, nowMilliseconds)
    }

    /// Ends a job with a model and publishes that; nothing changes when it has ended already.
    static func complete(
        _ jobId: String, _ model: NewModel, nowMilliseconds: Int64, _ tx: borrowing Transaction
    ) throws {
        let changes = try tx.execute(
            """
            UPDATE fine_tune_jobs SET status = 'completed', is_open = 0, result_model = $2, completed_at = $3, \
            sessions = NULL WHERE job_id = $1 AND is_open = 1
            """, jobId, model.modelId, nowMilliseconds)
        guard changes == 1 else { return }
        try ModelTable.insert(model, nowMilliseconds: nowMilliseconds, tx)
        try publish("model.finetune.completed", jobId, tx)
    }

    /// Ends a job without a model and publishes that; nothing changes when it has ended already.
    static func fail(
        _ jobId: String, _ message: String, nowMilliseconds: Int64, _ tx: borrowing Transaction
    ) throws {
        let changes = try tx.execute(
            """
            UPDATE fine_tune_jobs SET status = 'failed', is_open = 0, error_message = $2, completed_at = $3, \
            sessions = NULL WHERE job_id = $1 AND is_open = 1
            """, jobId, String(message.prefix(greatestMessage)), nowMilliseconds)
        guard changes == 1 else { return }
        try publish("model.finetune.failed", jobId, tx)
    }

    private static func publish(_ type: String, _ jobId: String, _ tx: borrowing Transaction) throws {
        guard let job = try find(jobId, tx) else { return }
        try tx.publish(type, key: jobId) { job.write(to: &$0) }
    }
}
