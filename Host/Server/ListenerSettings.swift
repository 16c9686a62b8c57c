/// How the connections of one listener are spoken to.
public struct ListenerSettings: Sendable {
    /// A protocol above TCP, or above TLS.
    public enum HTTPVersion: String, Sendable, CaseIterable {
        /// HTTP/1.1, and 1.0.
        case http1 = "http/1.1"
        /// HTTP/2: by ALPN over TLS, and by prior knowledge over plain TCP.
        case http2 = "h2"
    }

    /// What the listener speaks; at least one.
    public var versions: Set<HTTPVersion> = [.http1, .http2]
    /// Certificate and key where the listener speaks TLS.
    public var identity: TLSIdentity?
    /// What the handler reads as `Exchange.listenerLabel`.
    public var label: String?

    /// Plain HTTP in both versions.
    public init() {}
}
