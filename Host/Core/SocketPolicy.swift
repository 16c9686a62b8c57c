/// How the connections of a route with `websocket:` are served.
public struct SocketPolicy: Sendable, Equatable {
    /// How an opening is refused after the upgrade, since a browser cannot read the status of a refused one.
    public struct Refusal: Sendable, Equatable {
        /// The close code, 3000 to 4999.
        public var code: Int
        /// The close reason, at most 123 bytes.
        public var reason: String

        /// Creates a refusal.
        public init(code: Int, reason: String) {
            self.code = code
            self.reason = reason
        }
    }

    /// How `permessage-deflate` is negotiated.
    public struct Compression: Sendable, Equatable {
        /// Whether the host compresses each message with what it has sent before.
        public var keepsServerContext = true
        /// Whether the client may do so.
        public var keepsClientContext = true

        /// With context kept on both sides.
        public init() {}
    }

    /// A setting that the module's configuration may hold.
    public enum Setting: String, Sendable, CaseIterable {
        case message
        case ping
        case queue
        case connections
        case origins
    }

    /// Bytes of one message from the client; more closes with 1009.
    public var maximumMessageBytes = 64 << 10
    /// Time between two pings; 0 for none.
    public var pingMilliseconds: Int64 = 30_000
    /// Time for the answer to a ping; then the connection is closed with 4408.
    public var pongMilliseconds: Int64 = 10_000
    /// Time for the client's side of the closing handshake.
    public var closeMilliseconds: Int64 = 5_000
    /// Messages that may wait for the client.
    public var queueCount = 256
    /// Whether a full queue closes the connection with 4410; else sending is refused until there is room.
    public var closesSlowClients = true
    /// Connections of one instance at once.
    public var maximumConnections = 10_000
    /// The query parameter that carries the credential in place of the header `Authorization`.
    public var credential: String?
    /// Statuses of HTTP that are told by a close code after the upgrade.
    public var refusals: [Int: Refusal] = [:]
    /// Status of what is no valid upgrade: 426 or 400.
    public var invalidStatus = 426
    /// Nil when no compression is negotiated.
    public var compression: Compression?
    /// Origins that browsers may connect from; empty for all.
    public var origins: [String] = []
    /// Members of the module's configuration that hold settings, by setting.
    public var settings: [Setting: String] = [:]

    /// The defaults.
    public init() {}

    /// What may be asked for.
    static let messageBytes = 1...16 << 20
    static let queueCounts = 1...65_536
    static let connectionCounts = 1...1_000_000
    static let times: ClosedRange<Int64> = 100...86_400_000

    /// Takes a setting of the module's configuration; one that makes no sense is left at what the manifest says.
    public mutating func set(_ setting: Setting, number: Int) {
        switch setting {
        case .message: maximumMessageBytes = number.clamped(to: Self.messageBytes)
        case .ping: pingMilliseconds = number <= 0 ? 0 : (Int64(clamping: number) &* 1000).clamped(to: Self.times)
        case .queue: queueCount = number.clamped(to: Self.queueCounts)
        case .connections: maximumConnections = number.clamped(to: Self.connectionCounts)
        case .origins: break
        }
    }
}

extension Comparable {
    fileprivate func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}

extension SocketPolicy {
    /// Reads the member `websocket` of a route; throws `ConfigurationError`.
    init(_ place: YAMLReader) throws {
        self.init()
        try place.allow([
            "message", "ping", "pong", "close", "queue", "overflow", "connections", "credential", "refusals", "invalid",
            "compression", "settings",
        ])
        if let value = place.optional("message") { maximumMessageBytes = try value.integer(Self.messageBytes) }
        if let value = place.optional("ping") {
            pingMilliseconds = try value.string() == "none" ? 0 : Self.time(value)
        }
        if let value = place.optional("pong") { pongMilliseconds = try Self.time(value) }
        if let value = place.optional("close") { closeMilliseconds = try Self.time(value) }
        if let value = place.optional("queue") { queueCount = try value.integer(Self.queueCounts) }
        closesSlowClients = try place.optional("overflow")?.choice(Overflow.self) != .wait
        if let value = place.optional("connections") { maximumConnections = try value.integer(Self.connectionCounts) }
        credential = try place.optional("credential")?.string()
        for (key, value) in try place.optional("refusals")?.mapping() ?? [] {
            let status = try key.integer(400...599)
            refusals[status] = try Self.refusal(value)
        }
        if let value = place.optional("invalid") {
            invalidStatus = try value.integer(400...426)
            guard [400, 426].contains(invalidStatus) else { throw value.error("400 or 426 is needed here.") }
        }
        compression = try place.optional("compression").flatMap(Self.compression)
        for (key, value) in try place.optional("settings")?.mapping() ?? [] {
            settings[try key.choice(Setting.self)] = try value.string()
        }
    }

    private enum Overflow: String, CaseIterable {
        case close
        case wait
    }

    private static func time(_ place: YAMLReader) throws -> Int64 {
        guard let milliseconds = DurationText.milliseconds(try place.string()), times.contains(milliseconds) else {
            throw place.error("A length of time from 100ms to 1d is needed, like `10s`.")
        }
        return milliseconds
    }

    private static func refusal(_ place: YAMLReader) throws -> Refusal {
        try place.allow(["code", "reason"])
        let reason = try place.optional("reason")?.string() ?? ""
        guard reason.utf8.count <= 123 else { throw place.error("A close reason has at most 123 bytes.") }
        return Refusal(code: try place.required("code").integer(3000...4999), reason: reason)
    }

    private static func compression(_ place: YAMLReader) throws -> Compression? {
        if place.isScalar { return try place.boolean() ? Compression() : nil }
        try place.allow(["server_context", "client_context"])
        var compression = Compression()
        compression.keepsServerContext = try place.optional("server_context")?.boolean() ?? true
        compression.keepsClientContext = try place.optional("client_context")?.boolean() ?? true
        return compression
    }
}
