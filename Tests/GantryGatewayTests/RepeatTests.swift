import GantryContract
import GantryCore
import GantryGateway
import GantryJSON
import GantryLoader
import GantryThreads
import RawHTTP
import Testing

/// `Idempotency-Key`: one effect, one answer, and nobody else's.
@Suite("Requests that come twice")
struct RepeatTests {
    /// Remembers keys as a database does.
    private final class Book: AnswerPort {
        private enum Entry {
            case effect(RequestKey)
            case answer(RequestKey, KeptAnswer?)
        }

        private let entries = Lock<[[UInt8]: Entry]>([:])
        let isBroken = Lock(false)

        var count: Int { entries.withLock { $0.count } }

        func note(_ key: RequestKey) { entries.withLock { $0[key.scope] = .effect(key) } }

        func find(_ key: RequestKey) -> KeyFinding? {
            if isBroken.withLock({ $0 }) { return nil }
            return entries.withLock { entries in
                switch entries[key.scope] {
                case nil: .new
                case .effect(let known)?: known.fingerprint == key.fingerprint ? .unanswered : .reused
                case .answer(let known, let answer)?:
                    known.fingerprint != key.fingerprint ? .reused : answer.map { .answered($0) } ?? .tooLarge
                }
            }
        }

        func keep(_ answer: KeptAnswer?, of key: RequestKey, completion: @escaping @Sendable (PortOutcome) -> Void) {
            entries.withLock { $0[key.scope] = .answer(key, answer) }
            completion(.ok)
        }
    }

    /// Counts its calls, and does what the body says.
    private final class Counter: ModulePort {
        let book = Book()
        let calls = Lock(0)
        /// Calls with the body `"wait"` are inside until the test opens it.
        let exit = Latch()
        let isInside = Latch()

        var answers: (any AnswerPort)? { book }

        func operationNumber(_ operationID: String) -> UInt32? { operationID == "make" ? 0 : 1 }

        func handle(
            _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
            deadlineNanoseconds: Int64, trace: TraceContext, sink: any ReplySink
        ) {
            let count = calls.withLock { calls in
                calls += 1
                return calls
            }
            let text = String(decoding: body, as: UTF8.self)
            if text.contains("wait") {
                isInside.open()
                _ = exit.wait()
            }
            // The transaction of a module that writes.
            if !text.contains("missing"), let mark = sink.mark, let key = mark.pending {
                book.note(key)
                mark.didCommit()
            }
            switch text {
            case #""missing""#: sink.fail(ModuleFailure(status: 404, reason: "missing", message: "Missing."))
            case #""late failure""#: sink.fail(ModuleFailure(status: 500, reason: "late", message: "Late."))
            case #""killed""#: sink.abandon(status: ModuleStatus(rawValue: -1))
            default:
                let size = text.contains("large") ? 300_000 : 1
                let answer = #"{"call":\#(count),"text":"\#(String(repeating: "x", count: size))"}"#
                Array("application/json".utf8).withUnsafeBytes { type in
                    Array(answer.utf8).withUnsafeBytes { body in
                        let headers = [ReplyField(name: "Location", value: "/made/\(count)")]
                        sink.send(status: 201, contentType: type, headers: headers, body: body)
                    }
                }
            }
        }

        func check(
            _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
            deadlineNanoseconds: Int64, trace: TraceContext, known: [FieldFinding]
        ) -> [FieldFinding] { [] }
    }

    private static let contract = Result {
        let operation = { (id: String) in
            #"{"operationId":"\#(id)","requestBody":{"content":{"application/json":{"schema":{}}}},"#
                + #""responses":{"201":{"description":"ok"}}}"#
        }
        let text =
            #"{"openapi":"3.1.0","x-versions":["v1","v2"],"info":{"title":"P","version":"1"},"paths":{"#
            + #""/api/v1/app/made":{"post":\#(operation("make")),"put":\#(operation("must"))}}}"#
        return try Contract(document: JSONDocument(Array(text.utf8)))
    }

    private let module = Counter()

    private func harness() throws -> GatewayHarness {
        let manifest = try Manifest(
            yaml: """
                id: maker
                version: 1.0.0
                interface: {minimum: 1, maximum: 1}
                library: libmaker.so
                contract: openapi.yaml
                capabilities: [database]
                versions: [v1, v2]
                entry: concurrent
                idempotency: {keep: 1h}
                routes:
                  - {operation: make, method: POST, path: /api/v1/app/made, execution: blocking, role: public,
                      idempotency: optional}
                  - {operation: must, method: PUT, path: /api/v1/app/made, execution: blocking, role: public,
                      idempotency: required}
                """, file: "module.yaml")
        let contract = try Self.contract.get()
        return try GatewayHarness(
            threads: 4, configure: { $0.rates[.default] = RateLimit(count: 1000, periodSeconds: 1) }
        ) { _ in
            ["default", "a", "b"].map { tenant in
                TenantEntry(
                    id: tenant, modules: [EnabledModule(manifest: manifest, contract: contract, instance: module)])
            }
        }
    }

    private static func headers(_ key: String, _ more: [String] = []) -> [String] {
        ["Content-Type: application/json", "Idempotency-Key: \(key)"] + more
    }

    @Test("A repetition gets the first answer again, and the module is not called")
    func replay() throws {
        let harness = try harness()
        let first = try harness.request("POST", "/api/v1/app/made", Self.headers("k"), body: "1")
        let second = try harness.request("POST", "/api/v1/app/made", Self.headers("k"), body: "1")
        #expect(first.status == 201 && first["idempotent-replayed"] == nil)
        #expect(second.status == 201 && second["idempotent-replayed"] == "true")
        #expect(second.body == first.body && second["location"] == "/made/1")
        #expect(second["x-request-id"] != first["x-request-id"])
        #expect(module.calls.withLock { $0 } == 1)
    }

    @Test("Without a key each request has its effect, and nothing is remembered")
    func withoutKey() throws {
        let harness = try harness()
        for count in 1...2 {
            let json = ["Content-Type: application/json"]
            #expect(try harness.request("POST", "/api/v1/app/made", json, body: "1").text("call") == "\(count)")
        }
        #expect(module.book.count == 0)
        let missing = try harness.request("PUT", "/api/v1/app/made", ["Content-Type: application/json"], body: "1")
        #expect(missing.summary == "400 idempotency_key_missing")
    }

    @Test("The key of another tenant, user, operation or address never gives an answer")
    func strangers() throws {
        let harness = try harness()
        let callers = [
            [harness.token("a")], [harness.token("a", subject: "u2")], [harness.token("b")], [try harness.key("a")], [],
        ]
        for caller in callers {
            let made = try harness.request("POST", "/api/v1/app/made", Self.headers("same", caller), body: "1")
            #expect(made.status == 201 && made["idempotent-replayed"] == nil)
        }
        let other = try harness.request("PUT", "/api/v1/app/made", Self.headers("same", callers[0]), body: "1")
        #expect(other.status == 201 && other["idempotent-replayed"] == nil)
        #expect(module.calls.withLock { $0 } == callers.count + 1 && module.book.count == callers.count + 1)
    }

    @Test("A key that stood for another request is refused", arguments: ["body", "query", "version", "type"])
    func reuse(what: String) throws {
        let harness = try harness()
        _ = try harness.request("POST", "/api/v1/app/made", Self.headers("k"), body: "1")
        let type = what == "type" ? "application/json; charset=utf-8" : "application/json"
        let target = (what == "version" ? "/api/v2/app/made" : "/api/v1/app/made") + (what == "query" ? "?a=1" : "")
        let other = try harness.request(
            "POST", target, ["Content-Type: \(type)", "Idempotency-Key: k"], body: what == "body" ? "2" : "1")
        #expect(other.summary == "422 idempotency_key_reused")
        #expect(module.calls.withLock { $0 } == 1)
    }

    @Test("While the first is under way, the second is told so; a client that leaves does not lose the answer")
    func underWay() throws {
        let harness = try harness()
        // Whatever fails here, the call inside ends.
        defer { module.exit.open() }
        var client: RawClient? = try harness.client()
        try client?.send(
            "POST /api/v1/app/made HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n"
                + "Content-Length: 6\r\n\r\n\"wait\"")
        _ = module.isInside.wait()
        let second = try harness.request("POST", "/api/v1/app/made", Self.headers("k"), body: #""wait""#)
        #expect(second.summary == "409 request_in_progress" && second["retry-after"] == "1")
        client = nil
        module.exit.open()
        var answer = second
        while answer.status == 409 {
            answer = try harness.request("POST", "/api/v1/app/made", Self.headers("k"), body: #""wait""#)
        }
        #expect(answer.status == 201 && answer.text("call") == "1" && answer["idempotent-replayed"] == "true")
    }

    @Test("A failure without an effect is not remembered, one with an effect is")
    func failures() throws {
        let harness = try harness()
        for _ in 1...2 {
            let missing = try harness.request("POST", "/api/v1/app/made", Self.headers("m"), body: #""missing""#)
            #expect(missing.summary == "404 missing" && missing["idempotent-replayed"] == nil)
        }
        #expect(module.calls.withLock { $0 } == 2)
        for isReplayed in [false, true] {
            let late = try harness.request("POST", "/api/v2/app/made", Self.headers("l"), body: #""late failure""#)
            #expect(late.summary == "500 late" && (late["idempotent-replayed"] == "true") == isReplayed)
            #expect(late.text("meta", "version") == "v2")
        }
        #expect(module.calls.withLock { $0 } == 3)
    }

    @Test("An effect without an answer is not done again, and neither is one whose answer was too large")
    func withoutAnswers() throws {
        let harness = try harness()
        _ = try harness.request("POST", "/api/v1/app/made", Self.headers("k"), body: #""killed""#)
        let unknown = try harness.request("POST", "/api/v1/app/made", Self.headers("k"), body: #""killed""#)
        #expect(unknown.summary == "409 outcome_unknown")
        #expect(try harness.request("POST", "/api/v1/app/made", Self.headers("g"), body: #""large""#).status == 201)
        let large = try harness.request("POST", "/api/v1/app/made", Self.headers("g"), body: #""large""#)
        #expect(large.summary == "409 answer_too_large")
        #expect(module.calls.withLock { $0 } == 2)
    }

    @Test("Keys of another form are refused", arguments: ["a b", "ä", String(repeating: "k", count: 256)])
    func malformed(key: String) throws {
        let harness = try harness()
        let refused = try harness.request("POST", "/api/v1/app/made", Self.headers(key), body: "1")
        #expect(refused.summary == "400 idempotency_key_malformed" && module.calls.withLock { $0 } == 0)
    }

    @Test("Where keys cannot be looked up, nothing is done")
    func brokenBook() throws {
        let harness = try harness()
        module.book.isBroken.withLock { $0 = true }
        let refused = try harness.request("POST", "/api/v1/app/made", Self.headers("k"), body: "1")
        #expect(refused.summary == "503 module_unavailable" && module.calls.withLock { $0 } == 0)
        #expect(
            try harness.request("POST", "/api/v1/app/made", ["Content-Type: application/json"], body: "1").status == 201
        )
    }
}
