import GantryLoader
import GantryServer
import GantryThreads
import Synchronization

/// The bodies of one request as a module's streams: the exchange's, with the gateway's headers and accounts.
final class RequestStream: StreamPort {
    private let context: RequestContext
    /// Status of the answer that has begun; 0 before.
    private let status = Atomic<Int>(0)
    private let sent = Atomic<Int>(0)
    /// Where the answer goes through, if it is compressed; set before the answer begins.
    private let compressed = OnceReference<CompressedStream>()

    init(_ context: RequestContext) {
        self.context = context
    }

    private var stream: ExchangeStream { context.exchange.stream }

    func observe(_ observer: @escaping @Sendable (StreamSignals) -> Void) {
        stream.observe { [self] events in
            // A stream that has ended is a request that was answered.
            if events.contains(.closed) {
                let status = status.load(ordering: .acquiring)
                if status != 0 {
                    context.sentBytes = sent.load(ordering: .relaxed)
                    ResponseStep.finishStream(context, status: status)
                }
            }
            var events = events
            if events.contains(.writable), let compressed = compressed.load(), !compressed.clientHasRead() {
                events.remove(.writable)
                if events.isEmpty { return }
            }
            observer(StreamSignals(rawValue: events.rawValue))
        }
    }

    func poll(_ signals: StreamSignals) -> StreamSignals {
        var ready = stream.poll(StreamEvents(rawValue: signals.rawValue))
        if ready.contains(.writable), let compressed = compressed.load(), !compressed.hasRoom() {
            ready.remove(.writable)
        }
        return StreamSignals(rawValue: ready.rawValue)
    }

    func read(into memory: UnsafeMutableRawBufferPointer) -> (ModuleStatus, Int) {
        switch stream.read(into: memory) {
        case .bytes(let count): (.ok, count)
        case .empty: (.busy, 0)
        case .end: (.end, 0)
        case .tooLarge: (.limit, 0)
        case .closed: (.stale, 0)
        }
    }

    func start(status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField]) -> Bool {
        start(status: status, contentType: contentType, headers: headers, length: nil)
    }

    /// - Parameter length: Bytes of the body, where they are known: so many are written, or the stream is reset.
    func start(
        status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField], length: Int?
    ) -> Bool {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        if let fault = ResponseCheck.fault(
            context, status: status, contentType: contentType, headers: headers, body: nothing, isStream: true)
        {
            ResponseStep.fail(context, fault)
            return false
        }
        guard context.claimAnswer() else { return false }
        self.status.store(status, ordering: .releasing)
        var coding = RepresentationStep.streamLines(
            context, status: status, contentType: contentType, headers: headers)
        if coding?.isCompressed == true {
            if let encoder = CompressedStream(context.exchange) {
                _ = compressed.storeIfNil(encoder)
            } else {
                coding = nil
            }
        }
        return context.exchange.startStream(status: status, length: length) { fields in
            ResponseStep.writeFields(context, contentType: contentType, headers: headers, to: &fields)
            if let coding { fields.add(lines: coding.lines) }
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> (ModuleStatus, Int) {
        let taken = compressed.load().map { $0.write(bytes) } ?? stream.write(bytes)
        guard let count = taken else { return (.stale, 0) }
        sent.add(count, ordering: .relaxed)
        return (count > 0 || bytes.isEmpty ? .ok : .busy, count)
    }

    func finish() {
        guard let compressed = compressed.load() else { return stream.finish() }
        compressed.finish()
    }

    func reset() { stream.reset() }

    func abandon() { ResponseStep.abandon(context) }
}
