import GantryServer

@testable import GantryGateway
@testable import GantryIdentity

/// What the gateway reads of a client that it knows nothing of, each as a function of bytes that may be anything. The
/// fuzzer calls it (`make fuzz`), and a unit test replays the fuzzer's corpus. Besides traps and hangs, results that
/// contradict each other are faults.
enum GatewayFuzz {
    static func run(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { bytes in
            readTarget(bytes)
            readHost(bytes)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        _ = ClientAddress(forwardedFor: text, trusting: [])
        _ = AcceptedCoding(text)
        _ = RequestConditions.matches(text, "\"tag\"", isStrong: true)
        _ = RequestConditions.matches(text, "W/\"tag\"", isStrong: false)
        if let second = HTTPTime.seconds(text, now: 1_800_000_000) {
            precondition(HTTPTime.text(second: second).hasSuffix(" GMT"), "A time that cannot be written.")
        }
        _ = PrincipalStep.bearer(text)
        _ = TraceParent.read(text)
        do {
            let token = try SignedToken(text)
            precondition(!token.signature.isEmpty, "A token without a signature.")
        } catch {}
    }

    private static func readTarget(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let target = RequestPath(bytes) else { return }
        precondition(target.path.upperBound <= bytes.count && target.query.upperBound <= bytes.count, "Beyond the end.")
        precondition(target.path.upperBound <= target.query.lowerBound, "Path and query overlap.")
        let parts = [(target.path, false), (target.query, true)]
        for (part, plusIsSpace) in parts {
            let text = UnsafeBufferPointer(rebasing: bytes[part])
            let decoded = RequestPath.decode(text, plusIsSpace: plusIsSpace)
            if RequestPath.isPlain(text, plusIsSpace: plusIsSpace) {
                precondition(decoded == Array(text), "What is plain is not what it decodes to.")
            }
            if let decoded {
                precondition(decoded.count <= text.count, "Decoding has made it longer.")
                precondition(String(validating: decoded, as: UTF8.self) != nil, "No UTF-8.")
            }
        }
        if let authority = target.authority { readHost(UnsafeBufferPointer(rebasing: bytes[authority])) }
    }

    /// What is read as a name has nothing in it that any proxy could understand otherwise.
    private static func readHost(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let name = HostName.read(bytes) else { return }
        let known = Array("abcdefghijklmnopqrstuvwxyz0123456789-._:".utf8)
        precondition(name.utf8.count <= bytes.count && name.utf8.allSatisfy(known.contains), "This is no name.")
    }
}
