import GantryCore
import GantryCryptography
import GantryLoader
import GantryThreads

/// Services that keep everything in memory, and tell what is open.
final class FakeServices: Sendable {
    let blobs = FakeBlobs()
    let outbound = FakeOutbound()

    var ports: ServicePorts {
        var ports = ServicePorts()
        ports.cache = FakeCache()
        ports.blobs = blobs
        ports.outbound = outbound
        ports.secrets = FakeSecrets()
        ports.tokens = FakeTokens()
        ports.webhooks = FakeWebhooks()
        ports.metrics = FakeMetrics()
        return ports
    }
}

private final class FakeCache: CachePort {
    private let values = Lock<[[UInt8]: [UInt8]]>([:])

    func value(_ key: [UInt8]) -> [UInt8]? { values.withLock { $0[key] } }
    func set(_ key: [UInt8], _ value: [UInt8], lifetimeMilliseconds: Int64) throws(PortOutcome) {
        values.withLock { $0[key] = value }
    }
    func remove(_ key: [UInt8]) -> Bool { values.withLock { $0.removeValue(forKey: key) != nil } }
    func add(_ key: [UInt8], _ amount: Int64, lifetimeMilliseconds: Int64) throws(PortOutcome) -> Int64 { amount }
}

/// Blobs in memory.
final class FakeBlobs: BlobPort {
    struct State {
        var contents: [String: [UInt8]] = [:]
        var openWriters = 0
        var discardedWriters = 0
    }

    private let state = Lock(State())

    var openWriters: Int { state.withLock { $0.openWriters } }
    var discardedWriters: Int { state.withLock { $0.discardedWriters } }

    func create(_ key: String, contentType: String) throws(PortOutcome) -> any BlobWriterPort {
        state.withLock { $0.openWriters += 1 }
        return Writer(key: key, blobs: self)
    }

    func open(_ key: String) throws(PortOutcome) -> (any BlobReaderPort)? {
        state.withLock { $0.contents[key] }.map { Reader(key: key, bytes: $0) }
    }

    func describe(_ key: String) throws(PortOutcome) -> BlobDescription? { try open(key)?.description }

    func remove(_ key: String) throws(PortOutcome) -> Bool {
        state.withLock { $0.contents.removeValue(forKey: key) != nil }
    }

    func list(prefix: String, after: String, limit: Int) throws(PortOutcome) -> [BlobDescription] {
        state.withLock { $0.contents }.sorted { $0.key < $1.key }
            .map { Reader(key: $0.key, bytes: $0.value).description }
    }

    private final class Writer: BlobWriterPort {
        private let key: String
        private let blobs: FakeBlobs
        private let bytes = Lock<[UInt8]>([])

        init(key: String, blobs: FakeBlobs) {
            self.key = key
            self.blobs = blobs
        }

        func append(_ piece: UnsafeRawBufferPointer) throws(PortOutcome) {
            let copy = Array(piece)
            bytes.withLock { $0 += copy }
        }

        func commit() throws(PortOutcome) -> BlobDescription {
            let content = bytes.withLock { $0 }
            blobs.state.withLock { state in
                state.contents[key] = content
                state.openWriters -= 1
            }
            return Reader(key: key, bytes: content).description
        }

        func discard() {
            blobs.state.withLock { state in
                state.openWriters -= 1
                state.discardedWriters += 1
            }
        }
    }

    private final class Reader: BlobReaderPort {
        let description: BlobDescription
        private let bytes: [UInt8]

        init(key: String, bytes: [UInt8]) {
            description = BlobDescription(
                key: key, contentType: "", size: Int64(bytes.count), createdAtMilliseconds: 0,
                sha256: Cryptography.sha256(bytes))
            self.bytes = bytes
        }

        func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(PortOutcome) -> Int {
            let rest = bytes.dropFirst(Int(clamping: offset)).prefix(room.count)
            room.copyBytes(from: rest)
            return rest.count
        }
    }
}

/// Answers every host but one at once.
final class FakeOutbound: OutboundPort {
    private struct Exchange: OutboundExchange {
        func cancel() {}
        func grant(_ byteCount: Int) {}
    }

    private let headers = Lock<[String]>([])

    func withhold(_: [HostPattern]) {}

    /// Names of the header fields of the last request.
    var lastHeaders: [String] { headers.withLock { $0 } }

    func begin(
        _ request: OutboundPortRequest, credit: Int, sink: any OutboundSink
    ) throws(PortOutcome) -> any OutboundExchange {
        guard !request.url.contains("refused") else { throw PortOutcome(.denied, code: 2, message: "Not there.") }
        headers.withLock { $0 = request.headers.map(\.name) }
        sink.received(OutboundPortAnswer(status: 204, url: request.url, headers: [("a", "b")]))
        sink.finished(.ok)
        return Exchange()
    }
}

private final class FakeSecrets: SecretPort {
    func secret(_ name: String) throws(PortOutcome) -> String? { name == "known" ? "value" : nil }
}

private final class FakeTokens: TokenPort {
    func mint(_ order: TokenPortOrder) throws(PortOutcome) -> MintedToken {
        MintedToken(id: "id", text: "token", expiresAtMilliseconds: 1)
    }
    func verify(_ text: String) -> Principal? {
        let facts = TokenFacts(id: "id", module: "fixture", kind: "share", role: "viewer", claims: "{}")
        return text == "token" ? Principal(subject: "guest", tenant: "north", token: facts) : nil
    }
    func revoke(id: String) throws(PortOutcome) -> Bool { false }
    func revoke(kind: String, subject: String) throws(PortOutcome) -> Int { 1 }
}

private final class FakeMetrics: MetricsPort {
    func add(_: String, labels: [(name: String, value: String)], _: Double) -> ModuleStatus { .ok }
    func set(_: String, labels: [(name: String, value: String)], _: Double) -> ModuleStatus { .ok }
    func record(_: String, labels: [(name: String, value: String)], _: Double) -> ModuleStatus { .ok }
}
