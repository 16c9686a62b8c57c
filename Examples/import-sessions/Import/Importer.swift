public import ChargingClient

/// Sends sessions in batches and keeps account of what becomes of each.
public struct Importer {
    /// The most sessions that the API takes at once.
    public static let largestBatch = 200

    /// What submits a batch and waits for its results; throws what the product answered.
    public typealias Submission = (_ sessions: [NewSession], _ onProgress: (Int) -> Void) async throws ->
        [SessionResult]

    private let submit: Submission

    /// An importer that sends through `client`.
    public init(_ client: ChargingClient) {
        self.init { sessions, onProgress in
            let ticket = try await client.submitBatch(sessions)
            return try await client.results(ofBatch: ticket.batchId, onProgress: onProgress)
        }
    }

    /// An importer that sends through `submit`.
    public init(submit: @escaping Submission) {
        self.submit = submit
    }

    /// Sends all sessions.
    ///
    /// - Parameters:
    ///   - summary: Takes what becomes of each session, also when the import breaks off.
    ///   - onProgress: Called with the number of sessions dealt with so far.
    public func send(
        _ sessions: [NewSession], summary: inout ImportSummary, onProgress: (Int) -> Void
    ) async throws {
        var done = 0
        for start in stride(from: 0, to: sessions.count, by: Self.largestBatch) {
            let batch = Array(sessions[start..<min(start + Self.largestBatch, sessions.count)])
            let before = done
            do {
                try await send(batch: batch, summary: &summary) { onProgress(before + $0) }
            } catch {
                summary.leave(sessions.count - start - batch.count)
                throw error
            }
            done += batch.count
            onProgress(done)
        }
    }

    /// Sends one batch. The product refuses a batch as a whole, so what it objects to is taken out and the rest is sent
    /// again.
    private func send(
        batch: [NewSession], summary: inout ImportSummary, onProgress: (Int) -> Void
    ) async throws {
        var rest = batch
        while !rest.isEmpty {
            let results: [SessionResult]
            do {
                results = try await submit(rest, onProgress)
            } catch let error as ChargingClientError where error.reason == "validation_failed" {
                let refused = Self.refusedSessions(error, count: rest.count)
                guard !refused.isEmpty else {
                    summary.leave(rest.count)
                    throw error
                }
                for reason in refused.values { summary.refuse(reason) }
                rest = rest.indices.filter { refused[$0] == nil }.map { rest[$0] }
                continue
            } catch {
                summary.leave(rest.count)
                throw error
            }
            for result in results { summary.count(result) }
            if results.count < rest.count {
                summary.refuse("the batch was given up", count: rest.count - results.count)
            }
            return
        }
    }

    /// The positions of the sessions that the product objects to, with the first objection to each.
    private static func refusedSessions(_ error: ChargingClientError, count: Int) -> [Int: String] {
        var refused: [Int: String] = [:]
        for field in error.fields {
            let path = field.field.split(separator: ".")
            guard path.count > 1, path[0] == "sessions", let position = Int(path[1]), position < count,
                refused[position] == nil
            else { continue }
            refused[position] = "\(field.code): \(field.message)"
        }
        return refused
    }
}
