import GantryCore
import GantryGateway
import GantryJSON
import GantryLoader

/// A module that gives the same answer to everything.
final class AnsweringModule: ModulePort {
    private let status: Int
    private let contentType: [UInt8]
    private let headers: [ReplyField]
    private let body: [UInt8]

    init(
        status: Int = 200, contentType: String = "application/json", headers: [String: String] = [:],
        body: String = "{}"
    ) {
        self.status = status
        self.contentType = Array(contentType.utf8)
        self.headers = headers.map { ReplyField(name: $0.key, value: $0.value) }
        self.body = Array(body.utf8)
    }

    func operationNumber(_ operationID: String) -> UInt32? { 0 }

    func handle(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, sink: any ReplySink
    ) {
        self.body.withUnsafeBytes { body in
            contentType.withUnsafeBytes { type in
                sink.send(status: status, contentType: type, headers: headers, body: body)
            }
        }
    }

    func check(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, known: [FieldFinding]
    ) -> [FieldFinding] { [] }

    /// A gateway whose default tenant has this module.
    func harness(_ change: (inout Deployment.Browsers) -> Void = { _ in }) throws -> GatewayHarness {
        try GatewayHarness(configure: { change(&$0.browsers) }) { _ in
            [
                TenantEntry(
                    id: "default",
                    modules: [
                        try GatewayHarness.enabled(
                            self,
                            limits: [
                                "default": RateLimit(count: 1000, periodSeconds: 1)
                            ])
                    ])
            ]
        }
    }
}
