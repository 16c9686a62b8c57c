import GantryCore
import GantryJSON
import GantryLoader
import GantryThreads
import Glibc

/// Measures what the interface itself adds to a call: the guestbook's `hello` in its library, through handle, tables
/// and structs, beside the same handler compiled into this program. Both get the same request and give the same answer
/// to the same sink. Prints one JSON object with nanoseconds per call, medians of rounds in turn.
@main
enum InterfaceLoad {
    private static let roundCount = 11
    private static let callCount = 100_000

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            print("usage: interface-load BUNDLE FOLDER")
            exit(2)
        }
        let instance = try start(bundle: arguments[1], folder: arguments[2])
        guard let operation = instance.operationNumber("hello") else {
            print("the bundle has no operation `hello`")
            exit(1)
        }
        let request = request(operation)
        let sink = Sink()
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        func throughInterface() {
            instance.handle(
                request, body: nothing, nodes: UnsafeBufferPointer(start: nil, count: 0), deadlineNanoseconds: 0,
                trace: TraceContext(), sink: sink)
        }
        func compiledIn() { hello(request, sink) }
        var (first, second): ([Int], [Int]) = ([], [])
        for _ in 0..<roundCount {
            first.append(nanoseconds(throughInterface))
            second.append(nanoseconds(compiledIn))
        }
        guard sink.count == 2 * roundCount * callCount, sink.isConsistent else {
            print("not every call was answered, or the answers differ")
            exit(1)
        }
        print("{\"interface\": \(first.sorted()[roundCount / 2]), \"compiled\": \(second.sorted()[roundCount / 2])}")
    }

    private static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    private static func start(bundle: String, folder: String) throws -> ModuleInstance {
        let module = try ModuleLoader(folder: folder).load(try Bundle(folder: bundle))
        let pool = ThreadPool(name: "module", threadCount: 1)
        let ports = InstancePorts(
            database: nil, publishesEvents: false, queuesJobs: false, log: Silence(),
            threads: InstanceThreads(short: pool, blocking: pool))
        let instance = try ModuleInstance(
            module: module, tenant: "bench", ports: ports, configuration: "{}", deadlineNanoseconds: 0)
        try instance.start(deadlineNanoseconds: 0)
        return instance
    }

    /// A request as the gateway hands it over.
    private static func request(_ operation: UInt32) -> ModuleRequest {
        var request = ModuleRequest(operation: operation)
        request.method = request.append("GET")
        request.path = request.append("/v1/hello/bench")
        request.requestID = request.append("0f8fad5b-d9cb-469f-a165-70867728950e")
        request.pathParameters = [request.append("bench")]
        for (name, value) in [("host", "127.0.0.1:8080"), ("x-forwarded-for", "127.0.0.1")] {
            request.headers.append(ModuleRequest.Field(name: request.append(name), value: request.append(value)))
        }
        request.principal = Principal(kind: .key, subject: "key_1", role: .user, tenant: "bench")
        return request
    }

    /// The handler of the guestbook, without anything between.
    private static func hello(_ request: borrowing ModuleRequest, _ sink: Sink) {
        let range = request.pathParameters[0]
        let name = String(decoding: request.text[range.start..<range.start + range.count], as: UTF8.self)
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("message")
        writer.string("Hello, \(name)!")
        writer.endObject()
        let type: StaticString = "application/json"
        writer.bytes.withUnsafeBytes { body in
            sink.send(
                status: 200,
                contentType: UnsafeRawBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount),
                headers: [], body: body)
        }
    }

    private static func nanoseconds(_ call: () -> Void) -> Int {
        let start = cpuNanoseconds()
        for _ in 0..<callCount { call() }
        return (cpuNanoseconds() - start) / callCount
    }

    private static func cpuNanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// Counts answers, and makes sure that they are all alike.
private final class Sink: ReplySink, @unchecked Sendable {
    // Guard: the program has one thread, and `hello` answers on it.
    private(set) var count = 0
    private(set) var isConsistent = true
    private var expected: [UInt8] = []

    var isOver: Bool { false }
    var stream: (any StreamPort)? { nil }

    func send(status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField], body: UnsafeRawBufferPointer) {
        if count == 0 { expected = Array(body) }
        count += 1
        isConsistent = isConsistent && status == 200 && body.elementsEqual(expected)
    }

    func fail(_ failure: ModuleFailure) { isConsistent = false }
    func refuse(_ findings: [FieldFinding]) { isConsistent = false }
    func abandon(status: ModuleStatus) { isConsistent = false }
}

/// Nothing is to be logged.
private final class Silence: LogPort {
    func write(
        level: Deployment.LogLevel, message: String, fields: [(name: String, value: String)], trace: TraceContext
    ) {}
}
