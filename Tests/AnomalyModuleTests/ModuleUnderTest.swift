import AnomalyModule
import GantryKit
import GantryKitTesting
import Testing

/// The anomaly module on a host for tests, with its own manifest and migrations.
struct ModuleUnderTest: Sendable {
    /// What the module answered.
    struct Answer: Sendable {
        var status: Int
        var body: String
        var reason: String
        var message: String
        var findings: [Finding]
    }

    let host: TestHost

    init(configuration: String = "{}") throws {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        host = try TestHost(
            AnomalyModule.self, bundle: "/\(source)/manifests/anomaly", .init(configuration: configuration))
        host.nowMilliseconds = 1_781_500_000_000
    }

    /// The wall clock in milliseconds since 1970.
    var now: Int64 {
        get { host.nowMilliseconds }
        nonmutating set { host.nowMilliseconds = newValue }
    }

    /// The published events of one type.
    func events(_ type: String) -> [JSONDocument] {
        host.published.filter { $0.type == type }.compactMap { try? $0.json() }
    }

    /// The first column of the first row, for assertions on what is stored.
    func value(_ sql: String) -> Int? {
        switch try? host.database.value(sql) {
        case .integer(let value): Int(value)
        case .real(let value): Int(value)
        default: nil
        }
    }

    /// Runs a statement outside of the module.
    func execute(_ sql: String, location: SourceLocation = #_sourceLocation) {
        #expect(throws: Never.self, sourceLocation: location) { try host.database.execute(sql) }
    }

    /// Has every commit but the first `count` fail, as if the process died before it.
    func failCommits(after count: Int) {
        host.answerCommits(Array(repeating: .ok, count: count) + Array(repeating: .failed, count: 100))
    }

    /// Checks and handles a request the way the host does; findings of the check are the answer.
    func send(
        _ operation: String, path: [String] = [], query: [(String, String)] = [], _ body: String? = nil
    ) throws -> Answer {
        let reply = try host.call(operation, parameters: path, query: query, json: body)
        return Answer(
            status: reply.status, body: reply.text, reason: reply.reason, message: reply.message,
            findings: reply.findings)
    }

    /// Checks a request without handling it.
    func checkOnly(
        _ operation: String, path: [String] = [], query: [(String, String)] = [], _ body: String? = nil
    ) throws -> [Finding] {
        try host.check(operation, parameters: path, query: query, json: body)
    }

    /// The JSON of an answer with status 200.
    func json(
        _ operation: String, path: [String] = [], query: [(String, String)] = [], _ body: String? = nil,
        location: SourceLocation = #_sourceLocation
    ) throws -> JSONDocument {
        let answer = try send(operation, path: path, query: query, body)
        try #require(answer.status == 200, "\(answer)", sourceLocation: location)
        return try JSONDocument(answer.body)
    }

    /// Runs all jobs that were ever queued, as if none had been known to succeed; the status of the last. Those of the
    /// station detector, which any write may queue, are left to its own tests.
    @discardableResult
    func runJobs(attempt: Int = 1) throws -> Status {
        var last = Status.ok
        for job in host.jobs where job.name != "stations" {
            do {
                try host.run(job: job.name, data: job.payload, attempt: attempt)
                last = .ok
            } catch let error as HostError {
                last = error.status
            }
        }
        return last
    }
}
