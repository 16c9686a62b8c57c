/// What has changed for whoever reads or writes a stream; the values of `gantry_stream_event_v1`.
public struct StreamSignals: OptionSet, Sendable {
    /// The set as bits.
    public let rawValue: UInt32

    /// Creates a set from its bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Reading gives bytes, or the end.
    public static let readable = StreamSignals(rawValue: 1)
    /// Writing takes bytes again.
    public static let writable = StreamSignals(rawValue: 2)
    /// The request is over.
    public static let closed = StreamSignals(rawValue: 4)
}

/// The bodies of one request as streams. Any thread; nothing waits.
public protocol StreamPort: AnyObject, Sendable {
    /// Names who is told of changes. `closed` comes once, and at once when it has happened.
    func observe(_ observer: @escaping @Sendable (StreamSignals) -> Void)
    /// What holds of `signals` now; what does not is told to the observer once it does.
    func poll(_ signals: StreamSignals) -> StreamSignals
    /// Reads what has arrived. Ok with a size, end, busy, limit, or stale.
    func read(into memory: UnsafeMutableRawBufferPointer) -> (ModuleStatus, Int)
    /// Begins the answer; false when there was one before.
    func start(status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField]) -> Bool
    /// Takes what there is credit for: ok with a size, busy, or stale.
    func write(_ bytes: UnsafeRawBufferPointer) -> (ModuleStatus, Int)
    /// Ends the answer in order.
    func finish()
    /// Breaks the answer off.
    func reset()
    /// The client left before there was an answer, and the module was told.
    func abandon()
}
