/// Spans within the trace of an asynchronous handler's call.
public struct AsyncTrace: Sendable {
    let call: KeptCall

    /// Runs `body` in a span of the given name below the present one, and returns what it returns. The services of the
    /// span that `body` receives belong to it.
    public func withSpan<Result: Sendable>(
        _ name: String, _ body: @Sendable (AsyncSpan) async throws -> Result
    ) async throws -> Result {
        guard let table = call.tables.pointer.pointee.trace.table else { return try await body(AsyncSpan(call)) }
        var raw = call.pointer.pointee
        let status = name.withText { table.pointee.begin.unsafelyUnwrapped(call.pointer, $0, &raw) }
        guard !Status(rawValue: status).isFailure else { return try await body(AsyncSpan(call)) }
        let span = KeptCall(raw, call.tables, waiting: call.waiting)
        do {
            let result = try await body(AsyncSpan(span))
            _ = table.pointee.end.unsafelyUnwrapped(span.pointer, Status.ok.rawValue)
            return result
        } catch {
            _ = table.pointee.end.unsafelyUnwrapped(span.pointer, Outcome.status(of: error))
            throw error
        }
    }

    /// Adds a fact to the present span. Never hand it secrets.
    public func attribute(_ name: String, _ value: String) { Trace(scope: call.scope).attribute(name, value) }
}

/// A span that is under way in an asynchronous handler, with the services that work for it.
public struct AsyncSpan: AsyncServices {
    /// The call that the services work for.
    public let call: AsyncCallReference

    init(_ call: KeptCall) { self.call = AsyncCallReference(value: call) }

    /// Adds a fact to the span. Never hand it secrets.
    public func attribute(_ name: String, _ value: String) { trace.attribute(name, value) }
}
