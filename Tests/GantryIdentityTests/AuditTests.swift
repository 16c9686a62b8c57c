import GantryCryptography
import GantryIdentity
import GantryJSON
import Testing

@Suite("Chains of the audit log")
struct AuditTests {
    private static let key = AuditKey(from: key(1))

    private static func key(_ byte: UInt8) -> SealingKey {
        guard let key = SealingKey([UInt8](repeating: byte, count: SealingKey.byteCount)) else {
            preconditionFailure("This is a key's size.")
        }
        return key
    }

    /// A chain of so many entries, and its end.
    private static func chain(_ name: String = "harbor", _ count: Int = 5) -> ([AuditEntry], AuditHead) {
        var head = AuditHead(startOf: name)
        var entries: [AuditEntry] = []
        for number in 1...count {
            let act = AuditAct(
                tenant: name, actor: .operator(user: 1000), action: "key.create", target: "key_\(number)",
                details: ["name": "k", "days": "\(number)"])
            let entry = AuditEntry(act, after: head, atMilliseconds: 1_760_000_000_000 + Int64(number))
            head = head.following(entry, key: key)
            entries.append(entry)
        }
        return (entries, head)
    }

    private static func findings(
        _ entries: [AuditEntry], _ head: AuditHead?, chain: String = "harbor", copy: AuditHead? = nil,
        key: AuditKey? = key
    ) -> [AuditFinding] {
        var verifier = AuditVerifier(chain: chain, head: head, copy: copy, key: key)
        for entry in entries { verifier.take(entry) }
        verifier.finish()
        #expect(verifier.findingCount == verifier.findings.count)
        return verifier.findings
    }

    private static func places(_ findings: [AuditFinding]) -> [String] {
        findings.map { "\($0.kind.rawValue) \($0.sequence)" }
    }

    @Test("an untouched chain is intact, also an empty one")
    func intact() {
        let (entries, head) = Self.chain()
        #expect(Self.findings(entries, head).isEmpty)
        #expect(Self.findings(entries, head, copy: head).isEmpty)
        let start = AuditHead(startOf: "harbor")
        #expect(Self.findings([], start, key: nil).isEmpty)
    }

    /// One change for each thing that an entry says.
    private static let changes: [(String, @Sendable (inout AuditEntry) -> Void)] = [
        ("time", { $0.timeMilliseconds += 1 }), ("actor", { $0.actor = "operator:0" }),
        ("action", { $0.action = "key.revoke" }), ("target", { $0.target += "0" }),
        ("outcome", { $0.outcome = "failed" }), ("details", { $0.details = "{}" }),
        ("previous", { $0.previous[0] ^= 1 }), ("hash", { $0.hash[31] ^= 0x80 }),
        // What moves from one text to the next is another entry.
        ("border", { ($0.action, $0.target) = (String($0.action.dropLast()), "e" + $0.target) }),
    ]

    @Test("a change of anything in any entry is found there", arguments: 0..<5)
    func altered(index: Int) {
        let (entries, head) = Self.chain()
        for (name, change) in Self.changes {
            var altered = entries
            change(&altered[index])
            let findings = Self.findings(altered, head)
            #expect(findings.first?.kind == .altered, "\(name)")
            #expect(findings.first?.sequence == entries[index].sequence, "\(name)")
        }
        var renumbered = entries
        renumbered[index].sequence += 10
        #expect(Self.findings(renumbered, head).contains { $0.kind == .altered })
        var moved = entries
        moved[index].chain = "quay"
        #expect(Self.findings(moved, head).contains { $0.kind == .inserted && $0.sequence == entries[index].sequence })
    }

    @Test("an altered entry with a hash that fits it is found by what follows")
    func replaced() {
        let (entries, head) = Self.chain()
        for index in entries.indices {
            var replaced = entries
            replaced[index].actor = "host"
            replaced[index].hash = replaced[index].computedHash
            let findings = Self.findings(replaced, head)
            #expect(findings.map(\.kind) == [.replaced], "\(index)")
            #expect(findings.first?.sequence == Int64(min(index + 2, 5)))
        }
    }

    @Test("entries that are missing, at the begin, in the middle and at the end, are found")
    func deleted() {
        let (entries, head) = Self.chain()
        #expect(Self.places(Self.findings(Array(entries.dropFirst()), head)) == ["deleted 1"])
        #expect(Self.places(Self.findings(entries.filter { $0.sequence != 3 }, head)) == ["deleted 3"])
        #expect(Self.places(Self.findings(Array(entries.dropLast()), head)) == ["truncated 5"])
        #expect(Self.places(Self.findings([], head)) == ["truncated 1"])
        #expect(Self.places(Self.findings(entries, nil)) == ["unsealed 5"])
    }

    @Test("entries in another order, twice, put in or put behind are found")
    func order() {
        let (entries, head) = Self.chain()
        var swapped = entries
        swapped.swapAt(1, 2)
        #expect(Self.places(Self.findings(swapped, head)).contains("reordered 2"))
        var exchanged = entries
        (exchanged[1].sequence, exchanged[2].sequence) = (3, 2)
        exchanged.swapAt(1, 2)
        #expect(Self.places(Self.findings(exchanged, head)).prefix(2) == ["altered 2", "altered 3"])
        #expect(Self.places(Self.findings(entries + [entries[2]], head)).contains("reordered 3"))
        let further = AuditEntry(
            AuditAct(tenant: "harbor", actor: .host, action: "x"), after: head, atMilliseconds: 1)
        #expect(Self.places(Self.findings(entries + [further], head)) == ["inserted 6"])
        let (foreign, _) = Self.chain("quay")
        #expect(
            Self.places(Self.findings(Array(entries.prefix(2)) + [foreign[2]] + entries.dropFirst(2), head))
                == ["inserted 3"])
    }

    @Test("a chain that somebody without the key wrote anew, or put back to an earlier state, is found")
    func forged() {
        let (entries, head) = Self.chain()
        let (other, forged) = Self.chain("harbor", 3)
        let thief = AuditKey(from: Self.key(2))
        let last = other[2]
        let resealed = AuditHead(startOf: "harbor").following(last, key: thief)
        #expect(Self.places(Self.findings(other, resealed)).contains("unsealed 3"))
        #expect(
            Self.places(Self.findings(other, AuditHead(startOf: "harbor").following(last, key: nil))) == ["unsealed 3"])
        // An earlier head with its seal is good by itself; the note in the other place tells.
        #expect(Self.findings(other, forged).isEmpty)
        #expect(Self.places(Self.findings(other, forged, copy: head)) == ["truncated 4"])
        // Also once the shorter chain has grown past the note.
        var (longer, end) = (other, forged)
        for number in 4...6 {
            let act = AuditAct(tenant: "harbor", actor: .host, action: "later", target: "\(number)")
            longer.append(AuditEntry(act, after: end, atMilliseconds: 5))
            end = end.following(longer[number - 1], key: Self.key)
        }
        #expect(Self.places(Self.findings(longer, end, copy: head)) == ["replaced 5"])
        #expect(Self.findings(entries, head, copy: forged).isEmpty, "A note that lags behind is no fault.")
    }

    @Test("what was archived is not missed, and what is left still hangs together")
    func archived() {
        let (entries, head) = Self.chain()
        let checkpoint = head.archived(upTo: entries[2], key: Self.key)
        #expect(Self.findings(Array(entries.dropFirst(3)), checkpoint).isEmpty)
        #expect(Self.findings(Array(entries.dropFirst(3)), checkpoint, copy: head).isEmpty)
        #expect(Self.places(Self.findings(Array(entries.dropFirst(4)), checkpoint)) == ["deleted 4"])
        let forged = AuditHead(
            chain: "harbor", sequence: head.sequence, hash: head.hash, baseSequence: 4, baseHash: entries[3].hash,
            seal: checkpoint.seal)
        #expect(Self.places(Self.findings(Array(entries.dropFirst(4)), forged)) == ["unsealed 5"])
    }

    @Test("an entry and a head stay what they are as JSON")
    func json() throws {
        let (entries, head) = Self.chain("")
        var writer = JSONWriter()
        writer.beginObject()
        entries[0].write(into: &writer)
        writer.endObject()
        #expect(try JSONDocument(writer.bytes).withRoot { AuditEntry($0) } == entries[0])
        writer.removeAll()
        writer.beginObject()
        head.write(into: &writer)
        writer.endObject()
        #expect(try JSONDocument(writer.bytes).withRoot { AuditHead($0) } == head)
    }

    @Test("the encoding is the one that is documented, for those who check it with other means")
    func golden() {
        let act = AuditAct(
            tenant: "harbor", actor: .module("tally"), action: "capability.use", target: "cache", outcome: .denied,
            details: ["b": "2", "a": "ü"])
        let entry = AuditEntry(act, after: AuditHead(startOf: "harbor"), atMilliseconds: 1_700_000_000_000)
        #expect(entry.details == #"{"a":"ü","b":"2"}"#)
        #expect(Hexadecimal.text(entry.previous) == "4440c427a300b05fe2f6a1adc2ba83e16ed1d3e4ff1742300634f63d36faf878")
        #expect(Hexadecimal.text(entry.hash) == "40424911eaecab072384ac974173ea8c45fb166834c3dc6fdab1359176968730")
    }

    @Test("long texts and many facts are cut, at a character")
    func bounded() {
        var details: [String: String] = [:]
        for number in 0..<100 { details["fact \(number)"] = String(repeating: "ü", count: 5000) }
        let act = AuditAct(
            tenant: nil, actor: .module("m"), action: "a", target: String(repeating: "ü", count: 5000), details: details
        )
        let entry = AuditEntry(act, after: AuditHead(startOf: ""), atMilliseconds: 0)
        #expect(entry.target.utf8.count <= AuditAct.maximumTextBytes)
        #expect(entry.details.utf8.count < 40 * 1100)
        #expect(entry.hash == entry.computedHash)
    }
}
