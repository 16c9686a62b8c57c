import GantryCore
import GantryGateway
import GantryJSON
import GantryLoader
import GantryThreads

/// A module that runs in the test: what it does follows from the name of the operation.
final class FakeModule: ModulePort {
    static let operations = [
        "read", "create", "admin", "person", "open", "wait", "broken", "failing", "refusing", "org", "hang",
    ]

    /// Calls of `wait` that the test has to answer.
    let waiting = Lock<[any ReplySink]>([])
    /// Keeps calls of `hang` inside until the test opens it.
    let exit = Latch()
    private let tag: String

    init(tag: String = "fake") {
        self.tag = tag
    }

    func operationNumber(_ operationID: String) -> UInt32? {
        Self.operations.firstIndex(of: operationID).map { UInt32($0) }
    }

    func handle(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, sink: any ReplySink
    ) {
        switch Self.operations[Int(request.operation)] {
        case "wait": waiting.withLock { $0.append(sink) }
        case "hang":
            // Answers first when it is asked to, and stays all the same.
            if request.query.isEmpty { _ = exit.wait() }
            Self.send("{}", to: sink)
            _ = exit.wait()
        case "broken": sink.abandon(status: ModuleStatus(rawValue: -1))
        case "failing":
            sink.fail(
                ModuleFailure(
                    status: 409, reason: "taken", message: "It is taken.", details: Array(#" {"id":"x"} "#.utf8)))
        case "refusing": sink.refuse([FieldFinding(field: "id", code: "unknown_reference", message: "is unknown")])
        default: Self.send(describe(request, body), to: sink)
        }
    }

    func check(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, known: [FieldFinding]
    ) -> [FieldFinding] {
        // Finds fault with `unit`, which the schema leaves open, and tells what was found before.
        guard String(decoding: body, as: UTF8.self).contains(#""unit":"bad""#) else { return [] }
        return [FieldFinding(field: "unit", code: "unit_mismatch", message: "does not fit after \(known.count)")]
    }

    static func send(_ text: String, to sink: any ReplySink) {
        Array("application/json".utf8).withUnsafeBytes { type in
            Array(text.utf8).withUnsafeBytes { body in
                let headers = [
                    ReplyField(name: "X-Own", value: "1"), ReplyField(name: "X-Request-ID", value: "forged"),
                    ReplyField(name: "X-RateLimit-Limit", value: "1"),
                ]
                sink.send(status: 200, contentType: type, headers: headers, body: body)
            }
        }
    }

    /// What the module saw, as JSON.
    private func describe(_ request: borrowing ModuleRequest, _ body: UnsafeRawBufferPointer) -> String {
        func text(_ range: TextRange) -> String {
            String(decoding: request.text[range.start..<range.start + range.count], as: UTF8.self)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("tag")
        writer.string(tag)
        writer.key("operation")
        writer.string(Self.operations[Int(request.operation)])
        writer.key("method")
        writer.string(text(request.method))
        writer.key("path")
        writer.string(text(request.path))
        writer.key("parameters")
        writer.string(request.pathParameters.map { text($0) }.joined(separator: "|"))
        writer.key("query")
        writer.string(request.query.map { "\(text($0.name))=\(text($0.value))" }.joined(separator: "|"))
        writer.key("headers")
        writer.string(request.headers.map { text($0.name) }.joined(separator: "|"))
        writer.key("requestID")
        writer.string(text(request.requestID))
        writer.key("principal")
        writer.string(request.principal.map { "\($0.kind) \($0.role) \($0.tenant)" } ?? "nobody")
        writer.key("body")
        writer.string(String(decoding: body, as: UTF8.self))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
