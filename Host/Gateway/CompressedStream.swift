import GantryServer
import GantryThreads

/// A streamed answer on its way through an encoder. What the module has written when the event loop comes round can be
/// read by the client as soon as it arrives: events are not held back, and many small pieces are one. Any thread.
final class CompressedStream: Sendable {
    private struct State: @unchecked Sendable {
        // Guard of the unchecked conformance: the encoder stays behind the lock.
        let encoder: GzipEncoder
        /// What has come out and not been taken.
        var output: [UInt8] = []
        var sentCount = 0
        var isFinishing = false
        /// The event loop will see to it that nothing stays in the encoder.
        var isFlushScheduled = false
        /// A write was refused since the writer was last told that there is room.
        var wantsRoom = false
    }

    /// Bytes that are compressed at a time, which bounds what waits here.
    private static let pieceBytes = 64 * 1024

    private let exchange: Exchange
    private let stream: ExchangeStream
    private let state: Lock<State>

    /// Nil when there is no memory for an encoder.
    init?(_ exchange: Exchange) {
        guard let encoder = GzipEncoder(.stream) else { return nil }
        self.exchange = exchange
        stream = exchange.stream
        state = Lock(State(encoder: encoder))
    }

    /// Takes as much as there is room for; 0 where there is none, and nil when the stream is over.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let (count, needsFlush) = state.withLock { state -> (Int?, Bool) in
            guard !state.isFinishing, let isEmpty = Self.drain(&state, stream) else { return (nil, false) }
            guard isEmpty else {
                state.wantsRoom = !bytes.isEmpty
                return (0, false)
            }
            let piece = UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, Self.pieceBytes)])
            if piece.isEmpty { return (0, false) }
            state.encoder.write(piece, .none, to: &state.output)
            defer { state.isFlushScheduled = true }
            return (Self.drain(&state, stream) == nil ? nil : piece.count, !state.isFlushScheduled)
        }
        if needsFlush { exchange.execute { [self] in flush() } }
        return count
    }

    private func flush() {
        state.withLock { state in
            state.isFlushScheduled = false
            if state.isFinishing { return }
            state.encoder.write(UnsafeRawBufferPointer(start: nil, count: 0), .all, to: &state.output)
            _ = Self.drain(&state, stream)
        }
    }

    /// Ends the stream after what was written.
    func finish() {
        let isDone = state.withLock { state in
            if state.isFinishing { return false }
            state.isFinishing = true
            state.encoder.write(UnsafeRawBufferPointer(start: nil, count: 0), .last, to: &state.output)
            return Self.drain(&state, stream) == true
        }
        if isDone { stream.finish() }
    }

    /// The client has read: hands on what waits.
    /// - Returns: whether the writer waits for room and has it now.
    func clientHasRead() -> Bool {
        let (isDone, hasRoom) = state.withLock { state in
            let isEmpty = Self.drain(&state, stream) == true
            let hasRoom = isEmpty && state.wantsRoom
            if hasRoom { state.wantsRoom = false }
            return (isEmpty && state.isFinishing, hasRoom)
        }
        if isDone { stream.finish() }
        return hasRoom
    }

    /// Whether a write would take something; if not, the writer is told when it would.
    func hasRoom() -> Bool {
        state.withLock { state in
            guard Self.drain(&state, stream) == false else { return true }
            state.wantsRoom = true
            return false
        }
    }

    /// Hands on what has come out. True when nothing is left and the stream has room, false when the stream will tell
    /// that it has, nil when it is over.
    private static func drain(_ state: inout State, _ stream: ExchangeStream) -> Bool? {
        while state.sentCount < state.output.count {
            let count = state.output.withUnsafeBytes {
                stream.write(UnsafeRawBufferPointer(rebasing: $0[state.sentCount...]))
            }
            guard let count else { return nil }
            state.sentCount += count
            // Asking is what makes the stream tell when there is room again.
            if count == 0 && !stream.poll(.writable).contains(.writable) { return false }
        }
        state.output.removeAll(keepingCapacity: state.output.capacity <= pieceBytes)
        state.sentCount = 0
        return stream.poll(.writable).contains(.writable)
    }
}
