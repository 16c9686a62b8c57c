public import GantryCore
import GantryThreads
import Synchronization

/// What one instance may use of that which its manifest asks for.
public struct InstanceRights: Sendable, Equatable {
    /// The capabilities that the operator grants.
    public var capabilities: Set<Manifest.Capability>
    /// Parts of them that the operator does not grant: a secret, a kind of tokens, a host and the like, each written
    /// `capability:part`.
    public var withheld: Set<String>

    /// Rights.
    public init(_ capabilities: Set<Manifest.Capability>, withheld: Set<String> = []) {
        self.capabilities = capabilities
        self.withheld = withheld
    }

    /// Everything.
    public static let all = InstanceRights(Set(Manifest.Capability.allCases))

    /// The hosts among the parts that are withheld.
    var withheldHosts: [HostPattern] {
        let prefix = "\(Manifest.Capability.httpClient.rawValue):"
        return withheld.filter { $0.hasPrefix(prefix) }.compactMap { HostPattern(String($0.dropFirst(prefix.count))) }
    }

    /// As one word: what is granted in its lower half, and in its upper half of what a part is withheld.
    var bits: UInt64 {
        let granted = capabilities.reduce(0) { $0 | $1.bit }
        let divided = Manifest.Capability.allCases.filter { capability in
            withheld.contains { $0.hasPrefix("\(capability.rawValue):") }
        }
        return granted | divided.reduce(0) { $0 | $1.bit } << 32
    }
}

/// Hears of what instances were denied. Any thread; it must be brief.
public protocol DenialPort: AnyObject, Sendable {
    /// - Parameters:
    ///   - right: The capability, or `capability:part`.
    ///   - function: What the module called, such as `gantry.cache.get`.
    func denied(_ right: String, function: StaticString)
}

extension Manifest.Capability {
    /// Its place in the word that each call looks at.
    var bit: UInt64 {
        switch self {
        case .database: 1 << 0
        case .events: 1 << 1
        case .jobs: 1 << 2
        case .blobs: 1 << 3
        case .cache: 1 << 4
        case .secrets: 1 << 5
        case .identity: 1 << 6
        case .directory: 1 << 7
        case .httpClient: 1 << 8
        case .webhooks: 1 << 9
        case .services: 1 << 10
        case .mail: 1 << 11
        case .accounts: 1 << 12
        }
    }
}

extension ModuleInstance {
    /// Whether the operator grants the capability at this moment.
    func isGranted(_ capability: Manifest.Capability) -> Bool {
        rightBits.load(ordering: .relaxed) & capability.bit != 0
    }

    /// Whether the operator grants a part of a capability at this moment.
    func isGranted(_ capability: Manifest.Capability, part: String) -> Bool {
        let bits = rightBits.load(ordering: .acquiring)
        guard bits & capability.bit != 0 else { return false }
        guard bits & (capability.bit << 32) != 0 else { return true }
        return withheld.withLock { !$0.contains("\(capability.rawValue):\(part)") }
    }

    /// What the module gets for what it may not use; the operator learns of it.
    @inline(never)
    func deny(
        _ capability: Manifest.Capability, part: String? = nil, _ function: StaticString
    ) -> ModuleStatus {
        ports.denials?.denied(part.map { "\(capability.rawValue):\($0)" } ?? capability.rawValue, function: function)
        return .denied
    }

    /// The same as an outcome, with a sentence.
    func refusal(
        _ capability: Manifest.Capability, part: String? = nil, _ function: StaticString
    ) -> PortOutcome {
        let right = part.map { "\(capability.rawValue):\($0)" } ?? capability.rawValue
        return PortOutcome(
            deny(capability, part: part, function),
            message: "`\(right)` is not granted to `\(moduleID)` for the tenant `\(tenant)`.")
    }

    /// Changes what the instance may use, from the next call of the host on. What was taken away ends: a transaction
    /// is undone, requests to other servers are broken off.
    public func replaceRights(_ rights: InstanceRights) {
        let formerlyWithheld = withheld.withLock { withheld in
            defer { withheld = rights.withheld }
            return withheld
        }
        ports.services.outbound?.withhold(rights.withheldHosts)
        ports.services.webhooks?.setGranted(rights.capabilities.contains(.webhooks))
        let former = rightBits.exchange(rights.bits, ordering: .acquiringAndReleasing)
        let prefix = "\(Manifest.Capability.httpClient.rawValue):"
        let losesHost = rights.withheld.subtracting(formerlyWithheld).contains { $0.hasPrefix(prefix) }
        let losesAll = former & ~rights.bits & Manifest.Capability.httpClient.bit != 0
        if losesAll || losesHost { ModuleExchange.denyAll(of: self) }
    }
}
