import CGantry
import GantryKit
import GantryThreads
import Synchronization

/// A host that records what a module does and answers from a script. Its tables find it by the instance in the call.
final class FakeHost: Sendable {
    struct Answer: Equatable, Sendable {
        var status = 0
        var contentType = ""
        var headers: [String: String] = [:]
        var body = ""
        var reason = ""
        var message = ""
        var findings: [Finding] = []
    }

    struct Statement: Equatable, Sendable {
        let sql: String
        let parameters: [SQLValue]
    }

    /// What the database answers to one statement.
    struct Result: Sendable {
        var rows: [[SQLValue]] = []
        var changes = 0
        var status = Status.ok
        var code = 0
        var message = ""
    }

    struct Published: Equatable, Sendable {
        let transaction: UInt64
        let type: String
        let key: String
        let data: String
    }

    struct Enqueued: Equatable, Sendable {
        let transaction: UInt64
        let name: String
        let key: String
        let payload: String
        let notBefore: Int64
    }

    struct State: Sendable {
        var answers: [Answer] = []
        var logs: [String] = []
        var statements: [Statement] = []
        var published: [Published] = []
        var enqueued: [Enqueued] = []
        var denied: Set<String> = []
        var isCancelled = false
        var sendStatus = Status.ok
        /// How often a transaction's body is run.
        var runs = 1
        /// Whether a body that failed is run again, too.
        var retriesFailures = false
        var commitStatus = Status.ok
        var transactionModes: [UInt32] = []
        var transactions: UInt64 = 0
        var execute: @Sendable (String) -> Result = { _ in Result() }
    }

    let state = Lock(State())
    let id: UInt64
    private static let hosts = Lock<[UInt64: FakeHost]>([:])
    private static let lastID = Atomic<UInt64>(0)

    init() {
        // Tests run side by side: counting the hosts would give two of them one id.
        id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        Self.hosts.withLock { [self] hosts in hosts[id] = self }
    }

    static func of(_ call: UnsafePointer<gantry_call_v1>?) -> FakeHost? {
        guard let call else { return nil }
        return find(call.pointee.instance)
    }

    static func find(_ id: UInt64) -> FakeHost? {
        hosts.withLock { $0[id] }
    }

    /// The only answer; nil when there is none or more than one.
    var answer: Answer? {
        state.withLock { $0.answers.count == 1 ? $0.answers[0] : nil }
    }

    var logs: [String] { state.withLock { $0.logs } }
    var statements: [Statement] { state.withLock { $0.statements } }

    func get<Value>(_ path: KeyPath<State, Value>) -> Value {
        let snapshot = state.withLock { $0 }
        return snapshot[keyPath: path]
    }

    func set(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
    }

    func onExecute(_ execute: @escaping @Sendable (String) -> Result) {
        state.withLock { $0.execute = execute }
    }
}

/// Memory that a test lends to a module; freed with it.
final class Memory {
    private var allocations: [UnsafeMutableRawPointer] = []

    deinit {
        for allocation in allocations { allocation.deallocate() }
    }

    func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element>? {
        guard !elements.isEmpty else { return nil }
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
        memory.initialize(from: elements, count: elements.count)
        allocations.append(UnsafeMutableRawPointer(memory))
        return memory
    }

    func text(_ string: String) -> gantry_str_v1 {
        gantry_str_v1(data: array(Array(string.utf8)), size: UInt64(string.utf8.count))
    }

    func fields(_ fields: [(String, String)]) -> UnsafeMutablePointer<gantry_field_v1>? {
        array(fields.map { gantry_field_v1(name: text($0.0), value: text($0.1)) })
    }

    func document(_ json: String) throws -> gantry_document_v1 {
        let bytes = text(json)
        var nodes: [JSONNode] = []
        try JSONScanner.scan(UnsafeRawBufferPointer(start: bytes.data, count: Int(bytes.size)), into: &nodes)
        let tape = array(nodes).map { UnsafeRawPointer($0).assumingMemoryBound(to: gantry_node_v1.self) }
        return gantry_document_v1(bytes: bytes, nodes: tape, node_count: UInt64(nodes.count))
    }
}

extension gantry_str_v1 {
    var text: String {
        String(decoding: UnsafeBufferPointer(start: data, count: Int(size)), as: UTF8.self)
    }
}
