import CGantry

/// HTTP requests to the outside for asynchronous handlers; see `HTTPClient`. A cancelled task takes its request back.
public struct AsyncHTTPClient: Sendable {
    let call: KeptCall

    /// Sends `request` and returns the answer.
    public func send(_ request: OutboundRequest) async throws -> OutboundResponse {
        try Task.checkCancellation()
        let table = try call.tables.pointer.pointee.httpClient.get()
        let exchange = PendingExchange(call: call, url: request.url)
        return try await withTaskCancellationHandler {
            try await exchange.submit(request, to: table)
        } onCancel: {
            exchange.cancel()
        }
    }

    /// Gets what is at `url`.
    public func get(_ url: String) async throws -> OutboundResponse { try await send(OutboundRequest("GET", url)) }

    /// Posts the JSON of `value` to `url`.
    public func post(_ url: String, json value: some Encodable) async throws -> OutboundResponse {
        try await send(.json("POST", url, value))
    }
}

/// An exchange on its way through the interface, whose completion resumes the task that waits.
private final class PendingExchange: Sendable {
    private struct State {
        var continuation: CheckedContinuation<OutboundResponse, any Error>?
        /// The host's number of the exchange, while it is under way.
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

    func submit(
        _ request: OutboundRequest, to table: UnsafePointer<gantry_http_client_v1>
    ) async throws -> OutboundResponse {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { $0.continuation = continuation }
            let ticket = Ticket.issue(self)
            var number: UInt64 = 0
            var answer = Status.pending.rawValue
            do throws(HostError) {
                try HostError.checkRecord("gantry.http_client submit") { record in
                    answer = request.withRaw { raw in
                        table.pointee.submit.unsafelyUnwrapped(call.pointer, raw, Self.take, ticket, &number, record)
                    }
                    return answer
                }
                try HostError.checkAccepted(answer, as: .pending, "gantry.http_client submit")
            } catch {
                if Ticket.redeem(ticket, as: PendingExchange.self) != nil {
                    continuation.resume(throwing: error.hinting(url: url))
                }
                return
            }
            let isCancelled = state.withLock { state in
                state.number = state.continuation == nil ? nil : number
                return state.isCancelled
            }
            if isCancelled { cancel() }
        }
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

    private static let take: gantry_outbound_fn_v1 = { ticket, status, response, record in
        guard let exchange = Ticket.redeem(ticket, as: PendingExchange.self) else { return Status.already.rawValue }
        let (continuation, isCancelled) = exchange.state.withLock { state in
            defer { (state.continuation, state.number) = (nil, nil) }
            return (state.continuation, state.isCancelled)
        }
        if let error = HostError(completion: status, record, of: "gantry.http_client submit") {
            let isOwn = isCancelled && error.status == .cancelled
            continuation?.resume(throwing: isOwn ? CancellationError() : error.hinting(url: exchange.url))
        } else if let response {
            continuation?.resume(returning: OutboundResponse(response.pointee))
        } else {
            continuation?.resume(throwing: HostError(.failed, message: "gantry.http_client brought no answer"))
        }
        return Status.ok.rawValue
    }
}
