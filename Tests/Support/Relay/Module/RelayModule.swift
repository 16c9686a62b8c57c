public import GantryKit

/// A module between others: it calls the services of one, and exports some of its own.
public struct RelayModule: Module {
    /// Id and version.
    public static let manifest = Identity("relay", version: "1.0.0")

    /// How many entries an author has, as the module `tally` knows.
    public static let count = Service<Int, String>("tally.count(string) -> i64")
    /// Of a module that nobody has.
    public static let absent = Service<Bool, String>("absent.knows(string) -> bool")
    /// What it exports, of every type.
    public static let describe = Service<String, String, Int, Double, Bool>(
        "relay.describe(string, i64, f64, bool) -> string")
    /// Turns bytes round; never waits.
    public static let reverse = Service<[UInt8], [UInt8]>("relay.reverse(bytes) -> bytes")
    /// Takes, and gives nothing.
    public static let remember = Service<Void, String>("relay.remember(string)")
    /// Asks on.
    public static let ask = Service<Int, String>("relay.ask(string) -> i64")
    /// Asks on, and awaits the answer.
    public static let askLater = Service<Int, String>("relay.ask_later(string) -> i64")

    /// Keeps nothing.
    public init(_ context: ModuleContext) throws {}

    /// What it handles.
    public static let handlers: [Handler<Self>] = [
        .operation("count") { _, request in
            .json(["entries": try request.services.call(count, request.parameters[0])])
        },
        .operation("countLater") { _, request async throws in
            .json(["entries": try await request.call(count, request.parameters[0])])
        },
        .operation("absent") { _, request in
            do {
                return .json(["knows": try request.services.call(absent, "x")])
            } catch let error as HostError where error.status == .unsupported {
                throw Failure(503, reason: "not_there", error.message)
            }
        },
        .service(describe) { _, context, name, number, real, flag in
            "\(context.tenant): \(name) \(number) \(real) \(flag)"
        },
        .service(reverse) { _, _, bytes in bytes.reversed() },
        .service(remember) { _, context, name in
            if name.isEmpty { throw HostError(.conflict, message: "A name is needed.") }
            context.log.info("Remembered", ["name": name])
        },
        .service(ask) { _, context, name in try context.services.call(count, name) },
        .service(askLater) { _, context, name async throws in try await context.call(count, name) },
    ]
}
