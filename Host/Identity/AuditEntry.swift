import GantryCryptography

/// Who did something that the audit log tells of.
public enum AuditActor: Sendable, Equatable {
    /// Whoever reaches the administration: the user of the machine whose process gave the command.
    case `operator`(user: UInt32)
    /// A caller as the host verified it, through a module.
    case principal(kind: String, subject: String)
    /// A module on its own account.
    case module(String)
    /// The host by itself, such as at its start.
    case host

    /// As entries name it, such as `operator:1000`.
    public var text: String {
        switch self {
        case .operator(let user): "operator:\(user)"
        case .principal(let kind, let subject): "\(kind):\(subject)"
        case .module(let id): "module:\(id)"
        case .host: "host"
        }
    }
}

/// What became of an act.
public enum AuditOutcome: String, Sendable, CaseIterable {
    /// It is about to be done, outside the host's own database; a later entry tells how it ended.
    case begun
    /// It was done.
    case done
    /// It was tried and not done.
    case failed
    /// It was refused by a rule of the operator's.
    case refused
    /// A module used what it was not granted.
    case denied
}

/// Something that happened and has to be remembered. It never holds a secret.
public struct AuditAct: Sendable {
    /// Longest text of one part, in bytes; what is longer is cut.
    public static let maximumTextBytes = 1024
    /// Facts that one entry may have besides.
    public static let maximumDetails = 32

    /// Whose chain tells of it; nil for the deployment's own.
    public var tenant: String?
    /// Who did it.
    public var actor: AuditActor
    /// What was done, such as `key.create`.
    public var action: String
    /// What it was done to, such as the id of a key.
    public var target: String
    /// What became of it.
    public var outcome: AuditOutcome
    /// Further facts by name.
    public var details: [String: String]

    /// An act.
    public init(
        tenant: String?, actor: AuditActor, action: String, target: String = "", outcome: AuditOutcome = .done,
        details: [String: String] = [:]
    ) {
        self.tenant = tenant
        self.actor = actor
        self.action = action
        self.target = target
        self.outcome = outcome
        self.details = details
    }
}

/// One entry of a chain, as it is kept. Its hash covers everything else in it, and the hash of the entry before it.
public struct AuditEntry: Sendable, Equatable {
    /// The tenant; empty for the deployment's own chain.
    public var chain: String
    /// 1 for the first entry of the chain, and one more for each.
    public var sequence: Int64
    /// Milliseconds since 1970.
    public var timeMilliseconds: Int64
    /// Who did it.
    public var actor: String
    /// What was done.
    public var action: String
    /// What it was done to.
    public var target: String
    /// What became of it.
    public var outcome: String
    /// Further facts, a JSON object of texts with its names in order.
    public var details: String
    /// The hash of the entry before it; for the first one that of the chain's name.
    public var previous: [UInt8]
    /// The hash of this entry.
    public var hash: [UInt8]

    /// An entry as it was read.
    public init(
        chain: String, sequence: Int64, timeMilliseconds: Int64, actor: String, action: String, target: String,
        outcome: String, details: String, previous: [UInt8], hash: [UInt8]
    ) {
        self.chain = chain
        self.sequence = sequence
        self.timeMilliseconds = timeMilliseconds
        self.actor = actor
        self.action = action
        self.target = target
        self.outcome = outcome
        self.details = details
        self.previous = previous
        self.hash = hash
    }

    /// The entry that tells of an act and follows the head.
    public init(_ act: AuditAct, after head: AuditHead, atMilliseconds time: Int64) {
        self.init(
            chain: head.chain, sequence: head.sequence + 1, timeMilliseconds: time, actor: Self.cut(act.actor.text),
            action: Self.cut(act.action), target: Self.cut(act.target), outcome: act.outcome.rawValue,
            details: Self.text(act.details), previous: head.hash, hash: [])
        hash = computedHash
    }

    /// The hash that an entry of these parts has: SHA-256 of `gantry.audit.entry/1`, chain, sequence, time, actor,
    /// action, target, outcome, details and previous hash in this order; each text and hash as its length and its
    /// bytes, each number and length as eight bytes, the most significant first.
    public var computedHash: [UInt8] {
        var encoding = AuditEncoding("gantry.audit.entry/1")
        encoding.add(chain)
        encoding.add(sequence)
        encoding.add(timeMilliseconds)
        for text in [actor, action, target, outcome, details] { encoding.add(text) }
        encoding.add(previous)
        return Cryptography.sha256(encoding.bytes).bytes
    }

    /// What stands in the place of the hash before the first entry of a chain.
    public static func origin(of chain: String) -> [UInt8] {
        var encoding = AuditEncoding("gantry.audit.chain/1")
        encoding.add(chain)
        return Cryptography.sha256(encoding.bytes).bytes
    }

    static func cut(_ text: String) -> String {
        guard text.utf8.count > AuditAct.maximumTextBytes else { return text }
        // A character that was cut becomes a sign of replacement, which is no longer than what it stands for.
        return String(decoding: text.utf8.prefix(AuditAct.maximumTextBytes - 3), as: UTF8.self)
    }
}

/// Texts and numbers as bytes that no other texts and numbers have.
struct AuditEncoding {
    private(set) var bytes: [UInt8] = []

    /// Begins with what the bytes are for.
    init(_ domain: String) { add(domain) }

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    mutating func add(_ value: [UInt8]) {
        add(Int64(value.count))
        bytes += value
    }

    mutating func add(_ number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }
}
