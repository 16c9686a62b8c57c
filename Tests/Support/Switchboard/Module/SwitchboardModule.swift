public import GantryKit

/// Sockets in every form that the kit has, for the tests of the kit and of the host.
public struct SwitchboardModule: Module {
    /// Id and version.
    public static let manifest = Identity("switchboard", version: "1.0.0")

    /// By what they do with their sockets.
    public static let handlers: [Handler<Self>] = [
        .operation("echo", echo), .operation("echoFolded", echo), .operation("echoWaiting", echo),
        .operation("echoLater") { _, request in
            try await request.accept { socket in
                for await message in socket { try await socket.send(message) }
            }
        },
        .operation("flood", flood), .operation("floodLater", floodLater),
        .operation("room", room), .operation("limited", echo), .operation("say", say), .operation("close", close),
        .operation("ends", ends),
        .operation("refuse") { _, request in
            let status = Int(request.parameters[0]) ?? 403
            throw Failure(status, reason: "unwanted", "This handler accepts nobody.")
        },
        .operation("number") { _, request in
            try await request.accept { socket in
                for await message in socket {
                    let text = message.text ?? ""
                    let count = try await request.database.write { transaction in
                        try transaction.execute("INSERT INTO things (name) VALUES ($1)", text)
                        return try transaction.one("SELECT count(*) FROM things") { row in try row[0] as Int }
                    }
                    try await socket.send("\(text) \(count)")
                }
            }
        },
        .operation("subprotocol") { _, request in
            let chosen = request.subprotocols.first { $0.hasPrefix("second") } ?? ""
            return try request.accept(subprotocol: chosen) { context, message in try context.socket.send(message) }
        },
    ]

    private let state = Board()

    /// Begins with an empty board.
    public init(_ context: ModuleContext) throws {}

    /// Sends back what comes.
    @Sendable private static func echo(_ module: Self, _ request: borrowing Request) throws -> Response {
        try request.accept { context, message in try context.socket.send(message) }
    }

    /// Sends more than anybody reads.
    @Sendable private static func flood(_ module: Self, _ request: borrowing Request) throws -> Response {
        let text = String(repeating: "x", count: 32_768)
        return try request.accept(
            closed: { _, end in module.state.note(end) },
            received: { context, _ in
                for _ in 0..<100_000 { try context.socket.send(text) }
            })
    }

    /// Sends as much as the client reads, and then a last word.
    @Sendable private static func floodLater(_ module: Self, _ request: AsyncRequest) async throws -> Response {
        try await request.accept { socket in
            let text = String(repeating: "x", count: 32_768)
            for await _ in socket {
                for number in 0..<500 { try await socket.send("\(number) \(text)") }
                try await socket.send("done")
            }
        }
    }

    /// Everybody hears what anybody says.
    @Sendable private static func room(_ module: Self, _ request: borrowing Request) throws -> Response {
        let name = request.principal?.subject ?? "nobody"
        let shown = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let authorization = request.headers["authorization"] ?? ""
        return try request.accept(
            opened: { socket in
                try socket.send("connected \(name) \(socket.id) [\(shown)\(authorization)]")
                module.state.add(socket)
            },
            closed: { context, end in
                module.state.remove(context.socket)
                module.state.note(end)
                context.log.info("closed", ["code": "\(end.code)", "reason": end.reason, "tenant": context.tenant])
            },
            received: { context, message in
                guard let text = message.text else { return try context.socket.close(1003, reason: "text only") }
                if text == "fail" { throw Failure(500, reason: "told_to", "The handler was told to fail.") }
                if text == "bye" { return try context.socket.close(4400, reason: "too many faults") }
                for socket in module.state.sockets { try socket.send("\(name): \(text)") }
            })
    }

    /// Sends to a socket by its number, whoever's that is.
    @Sendable private static func say(_ module: Self, _ request: borrowing Request) throws -> Response {
        let number = UInt64(request.parameters[0]) ?? 0
        do throws(HostError) {
            try request.socket(number).send("from another call")
            return .text("sent")
        } catch {
            return .text("\(error.status)")
        }
    }

    /// Closes everybody's socket.
    @Sendable private static func close(_ module: Self, _ request: borrowing Request) throws -> Response {
        let sockets = module.state.sockets
        for socket in sockets { try socket.close(4001, reason: "moved") }
        return .text("\(sockets.count)")
    }

    /// How sockets have ended so far.
    @Sendable private static func ends(_ module: Self, _ request: borrowing Request) throws -> Response {
        .json(module.state.ends.map { "\($0.code) \($0.reason)" })
    }
}
