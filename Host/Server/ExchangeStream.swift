import GantryThreads
import NIOCore

/// What has changed for whoever reads or writes a stream.
public struct StreamEvents: OptionSet, Sendable {
    /// The set as bits.
    public let rawValue: UInt32

    /// Creates a set from its bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Reading gives bytes, or the end.
    public static let readable = StreamEvents(rawValue: 1)
    /// Writing takes bytes again.
    public static let writable = StreamEvents(rawValue: 2)
    /// Everything is over; nothing follows.
    public static let closed = StreamEvents(rawValue: 4)
}

/// What reading a request's body gave.
public enum StreamRead: Sendable, Equatable {
    /// So many bytes.
    case bytes(Int)
    /// Nothing has arrived; `readable` will be told.
    case empty
    /// All was read.
    case end
    /// The client sends more than is allowed.
    case tooLarge
    /// The client has left, or the request was answered.
    case closed
}

/// The bodies of one exchange as streams with credit, in both directions. Any thread.
///
/// Writing never waits: what the socket has not taken counts against a credit, and at its end `write` takes nothing
/// until the client has read. Reading never waits either: what was not read stays in the socket beyond a small amount.
public final class ExchangeStream: Sendable {
    /// Bytes of the request that wait here before the socket is left alone.
    static let windowBytes = 256 * 1024

    struct State {
        // The response.
        var isStarted = false
        /// Taken from the writer, not yet handed to the event loop.
        var pending = ByteBuffer()
        /// Taken from the writer, not yet taken by the socket; `pending` included.
        var unsentBytes = 0
        var wantsRoom = false
        var isFinished = false
        var isReset = false
        var isPumpScheduled = false
        // The request.
        var parts = CircularBuffer<ByteBuffer>(initialCapacity: 4)
        var heldBytes = 0
        var isBodyComplete = false
        var isBodyTooLarge = false
        var wantsBytes = false
        // Both.
        var isClosed = false
        var observer: (@Sendable (StreamEvents) -> Void)?
    }

    let state = Lock(State())
    private let eventLoop: any EventLoop
    private let resumeBytes: Int
    /// Bytes that may wait for the client.
    private let creditBytes: Int

    /// Creates the streams of an exchange.
    /// - Parameters:
    ///   - resumeBytes: How few bytes of the request wait here when the carrier is told that there is room.
    ///   - creditBytes: How many bytes of the answer may wait for the client.
    init(eventLoop: any EventLoop, resumeBytes: Int, creditBytes: Int) {
        self.eventLoop = eventLoop
        self.resumeBytes = resumeBytes
        self.creditBytes = creditBytes
    }

    /// Names who is told of changes, in place of whoever was named before. `readable` and `writable` follow an `empty`
    /// or a refused write, once each; `closed` comes once, and at once when it has happened. The function is called on
    /// any thread, perhaps on several at a time, and must be brief.
    public func observe(_ observer: @escaping @Sendable (StreamEvents) -> Void) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.observer = observer }
            return state.isClosed
        }
        if isClosed { observer(.closed) }
    }

    /// What holds of `events` now; what does not is told to the observer once it does.
    public func poll(_ events: StreamEvents) -> StreamEvents {
        state.withLock { state in
            if state.isClosed { return events }
            var ready: StreamEvents = []
            if events.contains(.readable) {
                let isReadable = state.heldBytes > 0 || state.isBodyComplete || state.isBodyTooLarge
                if isReadable { ready.insert(.readable) } else { state.wantsBytes = true }
            }
            if events.contains(.writable) {
                let hasRoom = state.unsentBytes < creditBytes
                if hasRoom { ready.insert(.writable) } else { state.wantsRoom = true }
            }
            return ready
        }
    }

    /// Reads what has arrived of the request's body.
    public func read(into memory: UnsafeMutableRawBufferPointer) -> StreamRead {
        let (result, makesRoom) = state.withLock { state -> (StreamRead, Bool) in
            let wasFull = state.heldBytes > resumeBytes
            let count = Self.take(from: &state, into: memory)
            if count > 0 { return (.bytes(count), wasFull && state.heldBytes <= resumeBytes) }
            if state.isBodyTooLarge { return (.tooLarge, false) }
            if state.isBodyComplete && state.heldBytes == 0 { return (.end, false) }
            if state.isClosed { return (.closed, false) }
            if state.heldBytes == 0 { state.wantsBytes = true }
            return (state.heldBytes == 0 ? .empty : .bytes(0), false)
        }
        if makesRoom { onEventLoop { $0.resumeReading() } }
        return result
    }

    private static func take(from state: inout State, into memory: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        while count < memory.count, var part = state.parts.first {
            let room = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            let size = min(room.count, part.readableBytes)
            part.readWithUnsafeReadableBytes { bytes in
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<size]))
                return size
            }
            count += size
            state.parts.removeFirst()
            if part.readableBytes > 0 { state.parts.prepend(part) }
        }
        state.heldBytes -= count
        return count
    }

    /// Takes as much as there is credit for, copied.
    /// - Returns: how much; 0 where there is none, and `writable` will be told; nil when the stream is over.
    public func write(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let (count, needsPump) = state.withLock { state -> (Int?, Bool) in
            guard state.isStarted, !state.isFinished, !state.isReset, !state.isClosed else { return (nil, false) }
            let count = min(bytes.count, creditBytes - state.unsentBytes)
            guard count > 0 else {
                state.wantsRoom = !bytes.isEmpty
                return (0, false)
            }
            state.pending.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            state.unsentBytes += count
            return (count, Self.claimPump(&state))
        }
        if needsPump { schedulePump() }
        return count
    }

    /// Ends the response in order, after what was written. Further calls do nothing.
    public func finish() {
        end { $0.isFinished = true }
    }

    /// Breaks the response off: the connection closes, so that the client sees that it is not whole.
    public func reset() {
        end { $0.isReset = true }
    }

    private func end(_ change: (inout State) -> Void) {
        let needsPump = state.withLock { state in
            guard state.isStarted, !state.isFinished, !state.isReset, !state.isClosed else { return false }
            change(&state)
            return Self.claimPump(&state)
        }
        if needsPump { schedulePump() }
    }

    /// True for whoever has to call `schedulePump`.
    private static func claimPump(_ state: inout State) -> Bool {
        defer { state.isPumpScheduled = true }
        return !state.isPumpScheduled
    }

    private func schedulePump() {
        onEventLoop { $0.pump() }
    }

    // MARK: The connection's side

    /// Whose bodies these are; event loop only, empty once it is over.
    private nonisolated(unsafe) var exchange: Exchange?

    /// Ties the stream to its exchange. Event loop only.
    func attach(_ exchange: Exchange) {
        self.exchange = exchange
    }

    private func onEventLoop(_ body: @escaping @Sendable (ExchangeStream) -> Void) {
        eventLoop.execute { body(self) }
    }

    private func pump() {
        guard let exchange else { return }
        exchange.carrier.pump(exchange, self)
    }

    private func resumeReading() {
        exchange?.carrier.resumeReading()
    }

    /// The socket took so many bytes. Event loop only.
    func sent(_ count: Int) {
        let observer = state.withLock { state -> (@Sendable (StreamEvents) -> Void)? in
            state.unsentBytes -= count
            // Half of the credit at a time: waking for every few bytes would cost more than it sends.
            guard state.wantsRoom, state.unsentBytes <= creditBytes / 2 else { return nil }
            state.wantsRoom = false
            return state.observer
        }
        observer?(.writable)
    }

    /// A part of the request's body. Event loop only.
    func receive(_ part: ByteBuffer) {
        tellReadable { state in
            state.parts.append(part)
            state.heldBytes += part.readableBytes
        }
    }

    /// The request's body is whole. Event loop only.
    func receiveEnd() {
        tellReadable { $0.isBodyComplete = true }
    }

    /// The client sends more than is allowed. Event loop only.
    func receiveTooMuch() {
        tellReadable { state in
            state.isBodyTooLarge = true
            state.parts.removeAll()
            state.heldBytes = 0
        }
    }

    private func tellReadable(_ change: (inout State) -> Void) {
        let observer = state.withLock { state -> (@Sendable (StreamEvents) -> Void)? in
            change(&state)
            guard state.wantsBytes else { return nil }
            state.wantsBytes = false
            return state.observer
        }
        observer?(.readable)
    }

    /// Whether so much of the request waits here that the socket should keep the rest.
    var isFull: Bool {
        state.withLock { $0.heldBytes >= Self.windowBytes }
    }

    /// Bytes of the request that wait here.
    var heldBytes: Int {
        state.withLock { $0.heldBytes }
    }

    /// Bytes that were written and that the client has not taken.
    var waitingBytes: Int {
        state.withLock { $0.unsentBytes }
    }

    /// Everything is over. Event loop only.
    func close() {
        exchange = nil
        let observer = state.withLock { state -> (@Sendable (StreamEvents) -> Void)? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            state.pending = ByteBuffer()
            defer { state.observer = nil }
            return state.observer
        }
        observer?(.closed)
    }
}
