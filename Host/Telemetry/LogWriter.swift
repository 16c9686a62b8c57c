import GantryThreads
import Glibc

/// Writes finished lines to a file descriptor from a thread of its own. Lines wait in a bounded buffer; when it is
/// full, further ones are counted and dropped, since a slow disk must not stop requests.
final class LogWriter: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var dropped: UInt64 = 0
        var totalDropped: UInt64 = 0
        var isWriting = false
        var isClosed = false
        var hasEnded = false
    }

    /// How long lines gather before they are written in one go.
    private static let gatheringTime = Duration.milliseconds(20)

    private let monitor = Monitor(State())
    private let descriptor: Int32
    private let capacityBytes: Int
    private let droppedLine: @Sendable (UInt64) -> [UInt8]
    private let thread = ThreadPool(name: "log", threadCount: 1)

    init(descriptor: Int32, capacityBytes: Int, droppedLine: @escaping @Sendable (UInt64) -> [UInt8]) {
        self.descriptor = descriptor
        self.capacityBytes = capacityBytes
        self.droppedLine = droppedLine
        monitor.withLock { $0.pending.reserveCapacity(64 * 1024) }
        _ = thread.submit { [monitor, descriptor, droppedLine] in
            Self.run(monitor, descriptor, droppedLine)
        }
    }

    var droppedCount: UInt64 { monitor.withLock { $0.totalDropped } }

    func append(_ line: [UInt8]) {
        let wakes = monitor.withLock { state -> Bool in
            guard !state.isClosed else { return false }
            guard state.pending.count + line.count < capacityBytes else {
                state.dropped += 1
                state.totalDropped += 1
                return false
            }
            let wasEmpty = state.pending.isEmpty
            state.pending.append(contentsOf: line)
            state.pending.append(UInt8(ascii: "\n"))
            return wasEmpty
        }
        if wakes { monitor.broadcast() }
    }

    /// Waits until all that was appended before is written.
    func flush() {
        monitor.broadcast()
        _ = monitor.wait { state -> Bool? in
            (state.pending.isEmpty && !state.isWriting) || state.hasEnded ? true : nil
        }
    }

    deinit {
        monitor.withLock { $0.isClosed = true }
        monitor.broadcast()
    }

    /// Writes what waits and ends the thread.
    func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.broadcast()
        _ = monitor.wait { $0.hasEnded ? true : nil }
    }

    private static func run(
        _ monitor: Monitor<State>, _ descriptor: Int32, _ droppedLine: @Sendable (UInt64) -> [UInt8]
    ) {
        var batch: [UInt8] = []
        batch.reserveCapacity(64 * 1024)
        while true {
            let isLast = monitor.wait { state -> Bool? in
                state.pending.isEmpty ? (state.isClosed ? true : nil) : state.isClosed
            }
            if isLast == false { gather() }
            let dropped = monitor.withLock { state -> UInt64 in
                batch.removeAll(keepingCapacity: true)
                swap(&batch, &state.pending)
                state.isWriting = true
                defer { state.dropped = 0 }
                return state.dropped
            }
            if dropped > 0 { batch.append(contentsOf: droppedLine(dropped) + [UInt8(ascii: "\n")]) }
            write(batch, to: descriptor)
            let hasEnded = monitor.withLock { state in
                state.isWriting = false
                if state.isClosed && state.pending.isEmpty { state.hasEnded = true }
                return state.hasEnded
            }
            monitor.broadcast()
            if hasEnded { return }
        }
    }

    private static func gather() {
        var time = timespec(
            tv_sec: 0, tv_nsec: Int(gatheringTime.components.attoseconds / 1_000_000_000))
        nanosleep(&time, nil)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer
            while let base = rest.baseAddress, !rest.isEmpty {
                let written = Glibc.write(descriptor, base, rest.count)
                if written < 0 && errno == EINTR { continue }
                // Nobody can be told that the log itself cannot be written.
                if written <= 0 { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        }
    }
}
