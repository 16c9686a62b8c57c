import CGantry
import GantryJSON
import GantryKit
import GantryKitTesting

/// Makes the calls of one check, and judges what every call must keep to.
struct Driver {
    let subject: Subject
    let host: TestHost
    var dice: Dice
    /// What stands in every text that the contract leaves free, and in who calls; nil for made-up words.
    private let mark: String?

    init(_ subject: Subject, _ host: TestHost, salt: UInt64 = 0, mark: String? = nil) {
        self.subject = subject
        self.host = host
        self.mark = mark
        dice = Dice(subject.seed &+ salt)
    }

    /// One thing that a module is called for.
    enum Step: CustomStringConvertible {
        case operation(TestBundle.Route)
        case event(String)
        case job(String)

        var description: String {
            switch self {
            case .operation(let route): "operation `\(route.operation)`"
            case .event(let type): "event `\(type)`"
            case .job(let name): "job `\(name)`"
            }
        }
    }

    /// Everything that the manifest has the module called for.
    static func steps(_ bundle: TestBundle) -> [Step] {
        bundle.routes.map(Step.operation) + bundle.subscriptions.map { .event($0.event) } + bundle.jobs.map(Step.job)
    }

    /// What a step came to.
    struct Outcome {
        /// The HTTP status; nil for events and jobs.
        var httpStatus: Int?
        /// How the module's function failed; nil where it did not.
        var failure: Status?
        /// Texts of the answer that may be names of what it speaks of.
        var names: [String] = []
    }

    /// Takes one step with values that fit the contract, or with `body`.
    /// `parameter` stands in for each parameter of a path.
    mutating func take(_ step: Step, body: [UInt8]? = nil, parameter: String? = nil) throws -> Outcome {
        TestActivity.note("\(step)")
        switch step {
        case .operation(let route):
            var (request, sample) = request(route)
            if let body { request.body = body }
            request.isJSON = !request.body.isEmpty
            if let parameter { sample.parameters = sample.parameters.map { _ in parameter } }
            let response = try host.send(request, to: route, sample.parameters, sample.query)
            return Outcome(
                httpStatus: response.status, failure: response.failure, names: mark == nil ? [] : Self.names(response))
        case .event(let type):
            return try outcome { try host.deliver(type, data: body ?? Array("{}".utf8)) }
        case .job(let name):
            return try outcome { try host.run(job: name, data: body ?? Array("{}".utf8)) }
        }
    }

    /// Calls an operation and does not wait for an answer that comes later.
    mutating func begin(_ route: TestBundle.Route) throws -> TestHost.StartedCall {
        TestActivity.note("\(Step.operation(route))")
        let (request, sample) = request(route)
        return try host.start(request, to: route, sample.parameters, sample.query, pieces: [])
    }

    private mutating func request(_ route: TestBundle.Route) -> (TestHost.Request, ContractSamples.Sample) {
        let count = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.count
        let sample = subject.samples.sample(route.operation, parameterCount: count, mark: mark, &dice)
        var request = TestHost.Request(route.method, route.path, as: principal())
        request.headers = [("content-type", "application/json")]
        if let mark { request.headers.append(("x-mark", mark)) }
        request.body = sample.body ?? []
        request.isJSON = !request.body.isEmpty
        return (request, sample)
    }

    /// Short texts of a JSON answer.
    private static func names(_ response: TestResponse) -> [String] {
        guard let document = try? response.json() else { return [] }
        var names: [String] = []
        func visit(_ value: JSONValue) {
            if let text = value.string, (1...64).contains(text.utf8.count) { names.append(text) }
            for element in value.elements { visit(element) }
            for member in value.members { visit(member.value) }
        }
        document.withRoot(visit)
        return names
    }

    private func outcome(_ body: () throws -> Void) throws -> Outcome {
        do {
            try body()
            return Outcome()
        } catch let error as HostError {
            return Outcome(failure: error.status)
        }
    }

    private mutating func principal() -> TestPrincipal {
        if let mark { return .admin("user-\(mark)") }
        return switch Int.random(in: 0..<4, using: &dice) {
        case 0: .key("key-1")
        case 1: .user("user-1", role: "superadmin")
        default: .admin("user-\(Int.random(in: 1...3, using: &dice))")
        }
    }

    /// Throws a fault for what no module may do, whatever it was called with.
    ///
    /// - Parameter isOdd: Whether it was called with what no contract lets through; then the host's functions may
    ///   refuse what a module makes of it.
    func judge(_ step: Step, isOdd: Bool = false) throws {
        if host.doubleAnswers > 0 { throw Fault("\(step) is answered more than once: answer each call exactly once") }
        if host.staleUses > 0 {
            throw Fault("\(step): a call is used after it was answered: let go of it with the answer")
        }
        if !isOdd, let misuse = host.misuses.first {
            throw Fault("\(step) calls the host against the interface: \(misuse)")
        }
        if host.hasOpenTransaction { throw Fault("\(step) leaves a transaction open") }
    }
}

/// What the outside answers while a module is examined.
enum OutboundAnswers {
    static let empty = OutboundResponse(
        status: 200, headers: [(name: "content-type", value: "application/json")], body: Array("{}".utf8))
}
