import CGantry

extension AsyncHTTPClient {
    /// Sends `request` and hands the answer's body to `take` piece by piece, as fast as `take` takes it; returns the
    /// rest of the answer. What `take` throws ends the exchange and is thrown on.
    ///
    /// The limit of the request holds for the body all the same.
    public func stream(
        _ request: OutboundRequest, _ take: @Sendable ([UInt8]) async throws -> Void
    ) async throws -> OutboundResponse {
        try Task.checkCancellation()
        let stream = OutboundStream(call: call, url: request.url)
        try stream.begin(request)
        return try await withTaskCancellationHandler {
            do {
                while let piece = try await stream.next() { try await take(piece) }
            } catch {
                stream.cancel()
                throw error
            }
            return try stream.response()
        } onCancel: {
            stream.cancel()
        }
    }
}

/// An exchange whose body arrives piece by piece. One piece waits here at a time; the host keeps the next one until it
/// has been taken.
private final class OutboundStream: Sendable {
    private struct State {
        var piece: [UInt8]?
        /// The host has a piece that was not taken.
        var isPaused = false
        var outcome: Result<OutboundResponse, any Error>?
        var waiter: CheckedContinuation<Void, Never>?
        var number: UInt64?
        var isCancelled = false
    }

    private let call: KeptCall
    private let url: String
    private let state = Monitor(State())

    init(call: KeptCall, url: String) {
        self.call = call
        self.url = url
    }

    func begin(_ request: OutboundRequest) throws(HostError) {
        let table = try call.tables.pointer.pointee.httpClient.get()
        let ticket = Ticket.issue(self)
        var number: UInt64 = 0
        var answer = Status.pending.rawValue
        do throws(HostError) {
            try HostError.checkRecord("gantry.http_client stream") { record in
                answer = request.withRaw { raw in
                    table.pointee.stream.unsafelyUnwrapped(
                        call.pointer, raw, Self.take, ticket, Self.end, ticket, &number, record)
                }
                return answer
            }
            try HostError.checkAccepted(answer, as: .pending, "gantry.http_client stream")
        } catch {
            _ = Ticket.redeem(ticket, as: OutboundStream.self)
            throw error.hinting(url: url)
        }
        state.withLock { state in
            if state.outcome == nil { state.number = number }
        }
    }

    /// The next piece; nil when there is none any more.
    func next() async throws -> [UInt8]? {
        while true {
            let (piece, isPaused, isOver) = state.withLock { state in
                defer {
                    state.piece = nil
                    state.isPaused = false
                }
                return (state.piece, state.isPaused, state.outcome != nil)
            }
            if isPaused { resume() }
            if let piece { return piece }
            if isOver { return nil }
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let waits = state.withLock { state in
                    guard state.piece == nil, state.outcome == nil, !state.isPaused else { return false }
                    state.waiter = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        }
    }

    /// What the exchange came to; only after `next` has answered nil.
    func response() throws -> OutboundResponse {
        guard let outcome = state.withLock({ $0.outcome }) else {
            throw HostError(.failed, message: "gantry.http_client brought no answer")
        }
        return try outcome.get()
    }

    private func resume() {
        guard let number = state.withLock({ $0.number }), let table = call.tables.pointer.pointee.httpClient.table
        else {
            return
        }
        // An exchange that is over meanwhile tells its outcome all the same.
        _ = table.pointee.resume.unsafelyUnwrapped(call.pointer, number)
    }

    /// Takes the request back; its completion then tells `.cancelled`.
    func cancel() {
        let number = state.withLock { state in
            state.isCancelled = true
            return state.number
        }
        guard let number, let table = call.tables.pointer.pointee.httpClient.table else { return }
        // An exchange that is over meanwhile is no matter.
        _ = table.pointee.cancel.unsafelyUnwrapped(call.pointer, number)
    }

    private static let take: gantry_bytes_fn_v1 = { ticket, bytes in
        guard let stream = Ticket.object(ticket, as: OutboundStream.self) else { return Status.stale.rawValue }
        let (isTaken, waiter) = stream.state.withLock { state in
            let isTaken = state.piece == nil
            if isTaken { state.piece = Array(bytes.buffer) } else { state.isPaused = true }
            defer { state.waiter = nil }
            return (isTaken, state.waiter)
        }
        waiter?.resume()
        return (isTaken ? Status.ok : .busy).rawValue
    }

    private static let end: gantry_outbound_fn_v1 = { ticket, status, response, record in
        guard let stream = Ticket.redeem(ticket, as: OutboundStream.self) else { return Status.already.rawValue }
        let waiter = stream.state.withLock { state in
            if let error = HostError(completion: status, record, of: "gantry.http_client stream") {
                let isOwn = state.isCancelled && error.status == .cancelled
                state.outcome = .failure(isOwn ? CancellationError() : error.hinting(url: stream.url))
            } else if let response {
                state.outcome = .success(OutboundResponse(response.pointee))
            } else {
                state.outcome = .failure(HostError(.failed, message: "gantry.http_client brought no answer"))
            }
            state.number = nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
        return Status.ok.rawValue
    }
}
