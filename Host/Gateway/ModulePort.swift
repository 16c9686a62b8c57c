public import GantryCore
public import GantryJSON
public import GantryLoader

/// What the gateway needs of a started module: `ModuleInstance` itself, or a stand-in in tests.
public protocol ModulePort: AnyObject, Sendable {
    /// The number by which the module knows an operation of its contract; nil when it has none of that name.
    func operationNumber(_ operationID: String) -> UInt32?
    /// The JSON object that it is configured by.
    var configuration: String { get }
    /// What serves its addresses of transfers; nil where it has none.
    var transfers: (any TransferServing)? { get }
    /// Its requests that came with an `Idempotency-Key`; nil where it takes no keys.
    var answers: (any AnswerPort)? { get }
    /// Runs the handler on the calling thread; the sink gets exactly one answer, perhaps later.
    func handle(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, sink: any ReplySink)
    /// Has the handler run elsewhere, and does not wait for it; false when nothing was done, and `handle` is the way.
    func begin(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, sink: any ReplySink
    ) -> Bool
    /// The module's own check; the findings that it adds.
    func check(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, known: [FieldFinding]
    ) -> [FieldFinding]
}

extension ModulePort {
    /// Nothing.
    public var configuration: String { "{}" }

    /// None.
    public var transfers: (any TransferServing)? { nil }

    /// It takes none.
    public var answers: (any AnswerPort)? { nil }

    /// There is no elsewhere.
    public func begin(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, sink: any ReplySink
    ) -> Bool { false }
}

extension ModuleInstance: ModulePort {}
