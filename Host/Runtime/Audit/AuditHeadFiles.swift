import GantryCryptography
import GantryIdentity
import GantryThreads
import Glibc

/// The ends of the chains in a second place: one small file for each chain, written after the entry is durable. So a
/// database that is put back to an earlier state, or loses its last entries with their head, no longer fits.
///
/// A note that contradicts the database is never overwritten: it is the proof.
final class AuditHeadFiles: Sendable {
    private struct State {
        /// How far the notes go that this process has looked at.
        var sequences: [String: Int64] = [:]
        /// Chains whose note contradicts the database and is left as it is.
        var contradicted: Set<String> = []
    }

    private let folder: String
    private let state = Lock(State())

    init(folder: String) { self.folder = folder }

    /// Compares the note of a chain with the database, once in a process and before the chain goes on.
    /// - Parameters:
    ///   - head: The end of the chain as the database has it.
    ///   - hash: Gives the hash of an entry; nil when there is none of that number.
    func check<Failure: Error>(
        _ head: AuditHead, hash: (Int64) throws(Failure) -> [UInt8]?
    ) throws(Failure) {
        if state.withLock({ $0.sequences[head.chain] != nil }) { return }
        var isContradicted = false
        let note = read(head.chain)
        if let note, note.sequence > head.baseSequence {
            isContradicted = try hash(note.sequence) != note.hash
        }
        let contradicts = isContradicted
        state.withLock { state in
            if contradicts { state.contradicted.insert(head.chain) }
            state.sequences[head.chain] = state.sequences[head.chain] ?? note?.sequence ?? 0
        }
    }

    /// Notes how far a chain has come.
    func write(_ head: AuditHead) {
        state.withLock { state in
            guard !state.contradicted.contains(head.chain), head.sequence > state.sequences[head.chain] ?? 0 else {
                return
            }
            state.sequences[head.chain] = head.sequence
            // Under the lock, so that a later note is not followed by an earlier one.
            replace(path(head.chain), with: Self.text(head))
        }
    }

    /// The note of a chain; nil when there is none that can be read.
    func read(_ chain: String) -> AuditHead? {
        guard let text = Self.contents(path(chain)) else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "gantry.audit.head/1", let sequence = Int64(parts[1]),
            let hash = Hexadecimal.bytes(parts[2]), let baseSequence = Int64(parts[3]),
            let baseHash = Hexadecimal.bytes(parts[4]), let seal = Hexadecimal.bytes(parts[5])
        else { return nil }
        return AuditHead(
            chain: chain, sequence: sequence, hash: hash, baseSequence: baseSequence, baseHash: baseHash, seal: seal)
    }

    /// The chains that there are notes of, in the order of their names.
    func chains() -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var chains: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == Self.deploymentName {
                chains.append("")
            } else if name.hasSuffix(Self.suffix) {
                chains.append(String(name.dropLast(Self.suffix.count)))
            }
        }
        return chains.sorted()
    }

    private static let suffix = ".head"
    /// No tenant has a name without letters before the dot.
    private static let deploymentName = "_deployment"

    /// Ids of tenants were checked: they are names.
    private func path(_ chain: String) -> String {
        chain.isEmpty ? "\(folder)/\(Self.deploymentName)" : "\(folder)/\(chain)\(Self.suffix)"
    }

    private static func text(_ head: AuditHead) -> String {
        [
            "gantry.audit.head/1", "\(head.sequence)", Hexadecimal.text(head.hash), "\(head.baseSequence)",
            Hexadecimal.text(head.baseHash), Hexadecimal.text(head.seal),
        ].joined(separator: " ")
    }

    /// Whoever is ended in the middle leaves the former note. One that cannot be written is missing to nobody but the
    /// one who looks for it, which `verify` does.
    private func replace(_ path: String, with text: String) {
        mkdir(folder, 0o700)
        let draft = "\(path).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        var text = text
        let isWritten = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count }
        close(descriptor)
        if isWritten { rename(draft, path) } else { unlink(draft) }
    }

    private static func contents(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
