/// What is wrong with a chain, and where.
public struct AuditFinding: Sendable, Equatable {
    /// What somebody has done to the chain.
    public enum Kind: String, Sendable, CaseIterable {
        /// An entry is not what was written: its hash does not fit what it says.
        case altered
        /// Entries are missing.
        case deleted
        /// An entry stands before one that was written before it, or a second time.
        case reordered
        /// An entry does not follow from the one before it: something was put in its place, with a hash that fits.
        case replaced
        /// An entry was put behind the end of the chain, or belongs to another one.
        case inserted
        /// The chain's end is missing.
        case truncated
        /// The end of the chain was noted by somebody without the key, or is not noted at all.
        case unsealed
    }

    /// The chain; empty for the deployment's own.
    public var chain: String
    /// Number of the entry; the first one of several.
    public var sequence: Int64
    /// What is wrong.
    public var kind: Kind
    /// One sentence for the operator.
    public var message: String
}

/// Checks one chain, entry by entry in the order in which they are kept. It holds no more than one entry.
public struct AuditVerifier: Sendable {
    /// More findings are counted and not kept.
    public static let maximumFindings = 100

    private let chain: String
    private let head: AuditHead?
    private let key: AuditKey?
    private var sequence: Int64
    private var previous: [UInt8]
    /// The hash of the entry that the copy names.
    private var hashAtCopy: [UInt8]?
    private let copy: AuditHead?
    /// What is wrong, in the order of the chain.
    public private(set) var findings: [AuditFinding] = []
    /// How many things are wrong.
    public private(set) var findingCount = 0
    /// Entries that were looked at.
    public private(set) var entryCount = 0

    /// - Parameters:
    ///   - head: The end of the chain, as it is kept beside the entries; nil when there is none.
    ///   - copy: The end as it was noted in the other place; nil when there is none.
    ///   - key: The key of the seals; nil when it is not at hand, and seals are then not looked at.
    public init(chain: String, head: AuditHead?, copy: AuditHead? = nil, key: AuditKey?) {
        self.chain = chain
        self.head = head
        self.copy = copy
        self.key = key
        sequence = head?.baseSequence ?? 0
        previous = head?.baseHash ?? AuditEntry.origin(of: chain)
        checkSeals()
    }

    /// Takes the next entry.
    public mutating func take(_ entry: AuditEntry) {
        entryCount += 1
        guard entry.chain == chain else {
            return note(entry.sequence, .inserted, "The entry belongs to the chain `\(entry.chain)`.")
        }
        let isWhole = entry.computedHash == entry.hash
        if !isWhole { note(entry.sequence, .altered, "What the entry says does not fit its hash.") }
        if entry.sequence <= sequence {
            note(entry.sequence, .reordered, "The entry comes after number \(sequence).")
            return
        }
        if entry.sequence > sequence + 1 {
            let last = entry.sequence - 1
            note(sequence + 1, .deleted, "The entries \(sequence + 1) to \(last) are missing.")
        } else if entry.previous != previous, isWhole {
            note(entry.sequence, .replaced, "The entry does not follow from the one before it.")
        }
        if let head, entry.sequence == head.sequence + 1 {
            note(entry.sequence, .inserted, "The chain ended with number \(head.sequence).")
        }
        if entry.sequence == copy?.sequence { hashAtCopy = entry.hash }
        sequence = entry.sequence
        // Of an altered entry the hash is that which was written, as long as nobody has touched it as well.
        previous = entry.hash
    }

    /// The end of the chain.
    public mutating func finish() {
        if let head {
            if sequence < head.sequence {
                note(sequence + 1, .truncated, "The entries \(sequence + 1) to \(head.sequence) are missing.")
            } else if sequence == head.sequence, previous != head.hash {
                note(sequence, .replaced, "The last entry is not the one that the chain ended with.")
            }
        } else if entryCount > 0 {
            note(sequence, .unsealed, "Nothing says where the chain ends.")
        }
        guard let copy, copy.sequence > (head?.baseSequence ?? 0) else { return }
        if copy.sequence > sequence {
            note(
                sequence + 1, .truncated,
                "The note of the chain's end in the other place names number \(copy.sequence), which is missing.")
        } else if let hashAtCopy, hashAtCopy != copy.hash {
            note(
                copy.sequence, .replaced,
                "The entry is not the one that the note of the chain's end in the other place names.")
        }
    }

    /// Nothing is left of a chain that there was.
    public mutating func noteMissingChain() { note(1, .deleted, "The whole chain is missing.") }

    private mutating func checkSeals() {
        guard let key else { return }
        if let head, !head.isSealed(with: key) {
            note(head.sequence, .unsealed, "The chain's end was not noted by a host with this key.")
        }
        if let copy, !copy.isSealed(with: key) {
            note(
                copy.sequence, .unsealed,
                "The note of the chain's end in the other place was not made by a host with this key.")
        }
    }

    private mutating func note(_ sequence: Int64, _ kind: AuditFinding.Kind, _ message: String) {
        findingCount += 1
        guard findings.count < Self.maximumFindings else { return }
        findings.append(AuditFinding(chain: chain, sequence: sequence, kind: kind, message: message))
    }
}
