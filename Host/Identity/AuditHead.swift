public import GantryCryptography

/// Where a chain ends, and where what is kept of it begins. Sealed under the operator's key, so that who can write the
/// files but has not the key cannot make another one.
public struct AuditHead: Sendable, Equatable {
    /// The tenant; empty for the deployment's own chain.
    public let chain: String
    /// Number of the last entry; 0 for none.
    public let sequence: Int64
    /// Hash of the last entry.
    public let hash: [UInt8]
    /// Number of the last entry that was archived; 0 for none. What is kept begins with the next.
    public let baseSequence: Int64
    /// Hash of the last entry that was archived.
    public let baseHash: [UInt8]
    /// Proves that a host with the key wrote this; empty when it had none.
    public let seal: [UInt8]

    /// A head as it was read.
    public init(
        chain: String, sequence: Int64, hash: [UInt8], baseSequence: Int64, baseHash: [UInt8], seal: [UInt8]
    ) {
        self.chain = chain
        self.sequence = sequence
        self.hash = hash
        self.baseSequence = baseSequence
        self.baseHash = baseHash
        self.seal = seal
    }

    /// The head of a chain without entries.
    public init(startOf chain: String) {
        let origin = AuditEntry.origin(of: chain)
        self.init(chain: chain, sequence: 0, hash: origin, baseSequence: 0, baseHash: origin, seal: [])
    }

    /// The head after an entry that follows this one.
    public func following(_ entry: AuditEntry, key: AuditKey?) -> AuditHead {
        AuditHead(
            chain: chain, sequence: entry.sequence, hash: entry.hash, baseSequence: baseSequence, baseHash: baseHash,
            seal: []
        ).sealed(with: key)
    }

    /// The head once everything up to an entry was archived.
    public func archived(upTo entry: AuditEntry, key: AuditKey?) -> AuditHead {
        AuditHead(
            chain: chain, sequence: sequence, hash: hash, baseSequence: entry.sequence, baseHash: entry.hash, seal: []
        ).sealed(with: key)
    }

    private func sealed(with key: AuditKey?) -> AuditHead {
        AuditHead(
            chain: chain, sequence: sequence, hash: hash, baseSequence: baseSequence, baseHash: baseHash,
            seal: key?.seal(of: encoding) ?? [])
    }

    /// Whether a host with this key wrote it.
    public func isSealed(with key: AuditKey) -> Bool { Cryptography.areEqual(seal, key.seal(of: encoding)) }

    private var encoding: [UInt8] {
        var encoding = AuditEncoding("gantry.audit.head/1")
        encoding.add(chain)
        encoding.add(sequence)
        encoding.add(hash)
        encoding.add(baseSequence)
        encoding.add(baseHash)
        return encoding.bytes
    }
}

/// The key of the seals: of its own, derived from the one that the operator's secrets are kept under.
public struct AuditKey: Sendable {
    private let key: SealingKey

    /// The key for seals that comes of the operator's key.
    public init(from key: SealingKey) { self.key = key.derived(for: "gantry audit heads") }

    func seal(of bytes: [UInt8]) -> [UInt8] { key.authenticate(bytes).bytes }
}
