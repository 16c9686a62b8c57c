/// One event of a stream of server-sent events, after the WHATWG's "HTML" chapter 9.2.
public struct ServerSentEvent: Sendable {
    /// The kind of event; nil for `message`.
    public var name: String?
    /// The id that a client which reconnects sends as `last-event-id`; nil for none.
    public var id: String?
    /// Lines of text.
    public var data: String
    /// How long a client that lost the connection waits before it reconnects; nil to leave it as it is.
    public var retry: Duration?

    /// An event with text as its data.
    public init(_ data: String, name: String? = nil, id: String? = nil, retry: Duration? = nil) {
        self.data = data
        self.name = name
        self.id = id
        self.retry = retry
    }

    /// An event with the JSON of `value` as its data.
    public init(json value: some Encodable, name: String? = nil, id: String? = nil) throws {
        self.init(String(decoding: try JSONCoding.encode(value), as: UTF8.self), name: name, id: id)
    }

    static let contentType = "text/event-stream"
    static let headers: [(name: String, value: String)] = [("cache-control", "no-store")]

    /// A line that a client ignores: it keeps a quiet connection open, and tells the server that the client is there.
    static let keepAlive = Array(":\n\n".utf8)

    private static func isLineBreak(_ character: Character) -> Bool {
        character == "\n" || character == "\r" || character == "\r\n"
    }

    /// The event as it is sent. A line break within a name or an id would begin another field, so they end there.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func field(_ name: StaticString, _ value: some Sequence<UInt8>) {
            name.withUTF8Buffer { bytes += $0 }
            bytes += [UInt8(ascii: ":"), UInt8(ascii: " ")]
            bytes += value
            bytes.append(UInt8(ascii: "\n"))
        }
        func firstLine(_ text: String) -> some Sequence<UInt8> { text.utf8.prefix { $0 != 10 && $0 != 13 && $0 != 0 } }
        if let name { field("event", firstLine(name)) }
        if let id { field("id", firstLine(id)) }
        if let retry { field("retry", String(retry.wholeMilliseconds).utf8) }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: Self.isLineBreak) {
            field("data", line.utf8)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}

extension ResponseStream {
    /// Sends an event.
    public mutating func send(_ event: ServerSentEvent) throws(HostError) { try write(event.bytes) }

    /// Sends a line that the client ignores, so that a quiet connection stays open.
    public mutating func keepAlive() throws(HostError) { try write(ServerSentEvent.keepAlive) }
}
