import GantryCore
import GantryLoader
import GantryThreads

/// Finds exporting modules by id among those that a test has put in, and keeps what was called.
final class FakeExchange: ExchangePort {
    private let instances = Lock<[String: ModuleInstance]>([:])
    private let calls = Lock<[String]>([])

    /// What was called, each with its status.
    var records: [String] { calls.withLock { $0 } }

    func put(_ instance: ModuleInstance?, as module: String) { instances.withLock { $0[module] = instance } }

    func withExporter(
        of service: ServiceDeclaration, mayWait: Bool, deadlineNanoseconds: Int64,
        _ body: (ModuleInstance) -> PortOutcome
    ) -> PortOutcome {
        guard let instance = instances.withLock({ $0[service.provider] }) else {
            return PortOutcome(.unsupported, message: "There is no `\(service.provider)`.")
        }
        return body(instance)
    }

    func record(_ service: ServiceDeclaration, _ status: ModuleStatus, durationNanoseconds: Int64) {
        calls.withLock { $0.append("\(service.qualifiedName) \(status)") }
    }
}

/// An exporting and an importing module of one tenant that know each other.
struct ServicePair {
    let provider: Harness
    let importer: Harness
    let exchange = FakeExchange()

    init(provider: Fixture, importer: Fixture) throws {
        self.provider = try Harness(provider)
        var ports = ServicePorts()
        ports.exchange = exchange
        self.importer = try Harness(importer, services: ports)
        exchange.put(self.provider.instance, as: "provider")
    }
}
