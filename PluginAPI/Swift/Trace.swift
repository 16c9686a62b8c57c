import CGantry

/// Spans within the trace of a call.
public struct Trace {
    let scope: CallScope

    /// Runs `body` in a span of the given name below the present one, and returns what it returns. The services of the
    /// span that `body` receives belong to it. A host without traces runs `body` all the same.
    public func withSpan<Result>(
        _ name: String, _ body: (borrowing Span) throws -> Result
    ) throws -> Result {
        guard let table = scope.tables.pointee.trace.table else { return try body(Span(scope: scope)) }
        var call = scope.call.pointee
        let status = name.withText { table.pointee.begin.unsafelyUnwrapped(scope.call, $0, &call) }
        guard !Status(rawValue: status).isFailure else { return try body(Span(scope: scope)) }
        return try withUnsafePointer(to: &call) { call in
            do {
                let result = try body(Span(scope: CallScope(call: call, tables: scope.tables)))
                _ = table.pointee.end.unsafelyUnwrapped(call, Status.ok.rawValue)
                return result
            } catch {
                _ = table.pointee.end.unsafelyUnwrapped(call, Outcome.status(of: error))
                throw error
            }
        }
    }

    /// Adds a fact to the present span. Never hand it secrets.
    public func attribute(_ name: String, _ value: String) {
        guard let table = scope.tables.pointee.trace.table else { return }
        name.withText { name in
            value.withText { _ = table.pointee.attribute.unsafelyUnwrapped(scope.call, name, $0) }
        }
    }

    /// The header `traceparent` for a call to the outside that does not go through `http`, which adds it by itself; nil
    /// where there is no trace.
    public func header() -> String? {
        guard let table = scope.tables.pointee.trace.table else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 55) { text in
            text.initialize(repeating: 0)
            let status = Status(rawValue: table.pointee.header.unsafelyUnwrapped(scope.call, text.baseAddress))
            return status == .ok ? String(decoding: text, as: UTF8.self) : nil
        }
    }
}

/// A span that is under way, with the services that work for it. It cannot be kept beyond the closure that received it.
public struct Span: BlockingServices, ~Copyable {
    /// The call that the services work for.
    public let scope: CallScope

    init(scope: CallScope) {
        self.scope = scope
    }

    /// Adds a fact to the span. Never hand it secrets.
    public func attribute(_ name: String, _ value: String) { Trace(scope: scope).attribute(name, value) }
}
