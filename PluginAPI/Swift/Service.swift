import CGantry

/// A service as the one who calls it or exports it knows it: its declaration with the Swift types that belong to it.
///
/// ```swift
/// static let add = Service<Int, String, Int>("tally.add(string, i64) -> i64")
/// …
/// let count = try request.services.call(add, "visits", 1)
/// ```
///
/// Declaration and types are compared once, when the value is made; a difference is a fault of the module's author and
/// traps. `Result` is `Void` for a service that gives nothing back.
public struct Service<Result, each Argument: ServiceValue>: Sendable {
    /// As the manifest has it.
    public let declaration: String
    private let read: @Sendable (ServiceDatum?) -> Result?
    private let write: @Sendable (Result) -> ServiceDatum?

    /// A service with a result.
    public init(_ declaration: String) where Result: ServiceValue {
        read = { $0.flatMap(Result.init) }
        write = { $0.serviceDatum }
        self.declaration = declaration
        require(" -> \(Result.serviceType)")
    }

    /// A service that gives nothing back.
    public init(_ declaration: String) where Result == Void {
        read = { _ in () }
        write = { _ in nil }
        self.declaration = declaration
        require("")
    }

    private func require(_ result: String) {
        var types: [String] = []
        repeat types.append((each Argument).serviceType)
        let expected = "(\(types.joined(separator: ", ")))\(result)"
        precondition(
            declaration.hasSuffix(expected) && declaration.utf8.count(where: { $0 == UInt8(ascii: "(") }) == 1,
            "\"\(declaration)\" is not of the Swift types, which make \"\(expected)\"")
    }

    /// The result that has crossed. Throws when there is none, or one of another type.
    package func result(_ datum: ServiceDatum?) throws(HostError) -> Result {
        if let result = read(datum) { return result }
        throw HostError(.failed, message: "\(declaration) gave no result of its type")
    }

    package func data(_ arguments: (repeat each Argument)) -> [ServiceDatum] {
        var data: [ServiceDatum] = []
        repeat data.append((each arguments).serviceDatum)
        return data
    }

    /// Calls `serve` with what has crossed, and gives its result as it crosses.
    package func run(
        _ data: [ServiceDatum], _ serve: (repeat each Argument) throws -> Result
    ) throws -> ServiceDatum? {
        let arguments = try arguments(data)
        return write(try serve(repeat each arguments))
    }

    /// As the other form, for one that awaits.
    package func run(
        _ data: [ServiceDatum], _ serve: (repeat each Argument) async throws -> Result
    ) async throws -> ServiceDatum? {
        let arguments = try arguments(data)
        return write(try await serve(repeat each arguments))
    }

    private func arguments(_ data: [ServiceDatum]) throws(HostError) -> (repeat each Argument) {
        var index = 0
        func next<Value: ServiceValue>(_: Value.Type) throws(HostError) -> Value {
            guard index < data.count, let value = Value(data[index]) else {
                throw HostError(.invalid, message: "Argument \(index) of \(declaration) is of another type")
            }
            index += 1
            return value
        }
        return (repeat try next((each Argument).self))
    }
}

extension Handler {
    /// Serves what the manifest has under `services.exports`.
    ///
    /// ```swift
    /// .service(Service<Int, String>("tally.count(string) -> i64")) { module, context, name in … }
    /// ```
    ///
    /// What it throws is the caller's failure: a `HostError` with its status, everything else as `.failed`.
    public static func service<Result, each Argument: ServiceValue>(
        _ service: Service<Result, repeat each Argument>,
        _ serve: @escaping @Sendable (Owner, borrowing CallContext, repeat each Argument) throws -> Result
    ) -> Handler {
        Handler(
            name: service.declaration,
            kind: .service(
                .synchronous { module, context, data in
                    // A context cannot be captured, and what it stands for can.
                    let scope = context.scope
                    return try service.run(data) { (argument: repeat each Argument) in
                        try serve(module, CallContext(scope: scope), repeat each argument)
                    }
                }))
    }

    /// As the other form, for a service that awaits; the thread that the host calls on runs all of it, so the manifest
    /// must not call it `inline`.
    ///
    /// The task is cancelled when the caller's time is over.
    public static func service<Result, each Argument: ServiceValue>(
        _ service: Service<Result, repeat each Argument>,
        _ serve: @escaping @Sendable (Owner, AsyncContext, repeat each Argument) async throws -> Result
    ) -> Handler {
        Handler(
            name: service.declaration,
            kind: .service(
                .asynchronous { module, context, data in
                    try await service.run(data) { (argument: repeat each Argument) in
                        try await serve(module, context, repeat each argument)
                    }
                }))
    }
}
