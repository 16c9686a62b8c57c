import COpenSSL
import GantrySignatures
import Glibc
import Synchronization

/// Pieces of memory that libcrypto has and has not given back.
private let pieces = Atomic<Int>(0)

/// Signs and verifies again and again, good and bad signatures alike, and prints by how much the number of pieces of
/// memory that libcrypto holds has grown: `SignatureRounds ROUNDS KEY CERTIFICATE STORE`. It is a process of its own,
/// since libcrypto's memory can only be counted from the first piece on.
@main
enum SignatureRounds {
    static func main() throws {
        let isCounting = CRYPTO_set_mem_functions(
            { count, _, _ in
                pieces.add(1, ordering: .relaxed)
                return malloc(max(1, count))
            },
            { memory, count, _, _ in
                if memory == nil { pieces.add(1, ordering: .relaxed) }
                return realloc(memory, max(1, count))
            },
            { memory, _, _ in
                if memory != nil { pieces.subtract(1, ordering: .relaxed) }
                free(memory)
            })
        guard isCounting == 1 else { exit(70) }
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let rounds = Int(arguments[1]) else { exit(64) }
        let key = try SigningKey(key: bytes(arguments[2]), certificate: bytes(arguments[3]))
        let store = try TrustStore(certificates: [(arguments[4], bytes(arguments[4]))])
        let policy = DetachedSignature.Policy(store: store)
        let content = Array("what is signed".utf8)
        for _ in 0..<50 { try round(key, policy, content) }
        let before = pieces.load(ordering: .relaxed)
        for _ in 0..<rounds { try round(key, policy, content) }
        print(pieces.load(ordering: .relaxed) - before)
    }

    private static func round(_ key: SigningKey, _ policy: DetachedSignature.Policy, _ content: [UInt8]) throws {
        let signature = try key.sign(content)
        _ = try DetachedSignature.verify(signature, of: content, by: policy)
        _ = try? key.sign(content, besides: signature)
        _ = try DetachedSignature.signers(of: signature)
        for broken in [Array(signature.dropLast()), Array(signature.prefix(signature.count / 2)), [0x30, 0x80]] {
            _ = try? DetachedSignature.verify(broken, of: content, by: policy)
        }
        _ = try? DetachedSignature.verify(signature, of: content + [0], by: policy)
        var altered = signature
        altered[altered.count - 5] ^= 1
        _ = try? DetachedSignature.verify(altered, of: content, by: policy)
        var late = policy
        late.atSeconds = 1
        _ = try? DetachedSignature.verify(signature, of: content, by: late)
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else { throw SignatureError(.unusableFile, path) }
        defer { fclose(file) }
        return [UInt8](unsafeUninitializedCapacity: 1 << 20) { $1 = fread($0.baseAddress, 1, $0.count, file) }
    }
}
