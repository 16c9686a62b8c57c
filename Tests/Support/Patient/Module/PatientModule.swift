public import GantryKit
import Glibc
import Synchronization

/// A module whose handlers await, and note on which threads their pieces run.
public struct PatientModule: Module {
    /// Id and version.
    public static let manifest = Identity("patient", version: "1.0.0")

    /// Keeps nothing.
    public init(_ context: ModuleContext) throws {}

    /// By what they wait for.
    public static let handlers: [Handler<Self>] = answers + services + streams + background

    /// Where a piece runs: collected by the test through the response's body.
    public static func thread() -> UInt64 { UInt64(pthread_self()) }

    private static let answers: [Handler<Self>] = [
        .operation("pieces") { _, request in
            var threads = [thread()]
            try await request.clock.sleep(for: .seconds(3600))
            threads.append(thread())
            async let first = child(request)
            async let second = child(request)
            threads += try await [first, second]
            threads.append(thread())
            let blocking = try await request.blocking { _ in thread() }
            return .json(threads + [blocking])
        },
        .operation("echo") { _, request async throws in
            let body: [String: String] = try request.decode()
            return .json(["name": body["name"] ?? "", "first": request.parameters[0], "q": request.query["q"] ?? ""])
        },
        .operation("started") { _, _ in .text(String(starts.now)) },
        .operation("cancellations") { _, request in
            .text(String(cancellations[request.parameters[0] == "1" ? 1 : 0].now))
        },
        .operation("missing") { _, request in
            try await request.clock.sleep(for: .milliseconds(1))
            throw Failure(404, reason: "not_found", "No such thing.")
        },
        .operation("broken") { _, request in
            try await request.clock.sleep(for: .milliseconds(1))
            throw Broken()
        },
        .operation("endless") { _, request in
            starts.add()
            do {
                while true { try await request.clock.sleep(for: .seconds(1)) }
            } catch is CancellationError {
                // The call may be over, so that its log would be refused.
                cancellations[request.parameters[0] == "1" ? 1 : 0].add()
                throw CancellationError()
            }
        },
    ]

    private struct Broken: Error {}

    /// A number that any thread may add to.
    public final class Count: Sendable {
        private let value = Atomic<Int>(0)
        /// Its present value.
        public var now: Int { value.load(ordering: .relaxed) }
        /// Adds one.
        public func add() { value.wrappingAdd(1, ordering: .relaxed) }
    }

    /// How many endless handlers have begun.
    public static let starts = Count()

    /// How often an endless handler was cancelled, for two users of it.
    public static let cancellations = [Count(), Count()]

    private static func child(_ request: AsyncRequest) async throws -> UInt64 {
        try await request.clock.sleep(for: .seconds(60))
        return thread()
    }

    private static let services: [Handler<Self>] = [
        .operation("store") { _, request in
            let name = request.parameters[0]
            let count = try await request.database.write { tx in
                try tx.execute("INSERT INTO things (name) VALUES ($1)", name)
                try tx.publish("thing.stored", key: name, ["name": name])
                return try tx.one("SELECT count(*) FROM things") { row in try row[0] as Int }
            }
            let read = try await request.database.read { tx in
                try tx.one("SELECT count(*) FROM things") { row in try row[0] as Int }
            }
            return .json([count, read])
        },
        .operation("refusedWrite") { _, request in
            do {
                try await request.database.write { tx in try tx.execute("PRAGMA user_version = 3") }
            } catch let error as HostError {
                return .text("\(error.status): \(error.message)")
            }
            return .empty()
        },
        .operation("fetch") { _, request in
            let answer = try await request.http.get("https://weather.example/\(request.parameters[0])")
            return .text(answer.text, status: answer.status)
        },
        .operation("download") { _, request in
            try await request.stream(contentType: "text/plain") { body in
                let outside = OutboundRequest("GET", "https://weather.example/all")
                _ = try await request.http.stream(outside) { piece in try await body.write(piece) }
            }
        },
        .operation("span") { _, request in
            try await request.trace.withSpan("outer") { span in
                span.attribute("k", "v")
                try await span.clock.sleep(for: .seconds(1))
                return try await span.trace.withSpan("inner") { span in .text(try span.clock.timestamp()) }
            }
        },
    ]

    private static let streams: [Handler<Self>] = [
        .operation("export") { _, request in
            try await request.stream(contentType: "text/plain") { body in
                for page in 0..<3 {
                    try await request.clock.sleep(for: .seconds(1))
                    try await body.write("page \(page)\n")
                }
            }
        },
        .operation("halfExport") { _, request in
            try await request.stream(contentType: "text/plain") { body in
                try await body.write("page 0\n")
                throw Broken()
            }
        },
        .operation("noExport") { _, request in
            try await request.stream(contentType: "text/plain") { body in
                throw Failure(409, reason: "not_ready", "Not yet.")
            }
        },
        .operation("tick") { _, request in
            try await request.serverSentEvents { events in
                try await events.send(ServerSentEvent("a\nb", name: "tick", id: "1"))
            }
        },
        .operation("upload") { _, request in
            var size = 0
            while let piece = try await request.nextPiece(limit: 4) { size += piece.count }
            return .text(String(size))
        },
        .operation("syncExport") { _, request in
            try request.stream(contentType: "text/plain") { body in
                for page in 0..<3 { try body.write("page \(page)\n") }
            }
        },
        .operation("syncUpload") { _, request in
            var size = 0
            while let piece = try request.nextPiece(limit: 4) { size += piece.count }
            return .text(String(size))
        },
    ]

    private static let background: [Handler<Self>] = [
        .subscription("onThing") { _, event, context in
            let name: [String: String] = try event.decode()
            try await context.clock.sleep(for: .milliseconds(20))
            try await context.database.write { tx in
                try tx.execute("INSERT INTO things (name) VALUES ($1)", name["name"])
            }
            context.log.info("thread", ["id": String(thread())])
        },
        .job("slow") { _, job, context in
            try await context.clock.sleep(for: .milliseconds(20))
            throw HostError(.busy, message: "attempt \(job.attempt)")
        },
    ]
}
