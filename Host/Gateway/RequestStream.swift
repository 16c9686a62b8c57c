import GantryLoader
import GantryServer
import Synchronization

/// The bodies of one request as a module's streams: the exchange's, with the gateway's headers and accounts.
final class RequestStream: StreamPort {
    private let context: RequestContext
    /// Status of the answer that has begun; 0 before.
    private let status = Atomic<Int>(0)

    init(_ context: RequestContext) {
        self.context = context
    }

    private var stream: ExchangeStream { context.exchange.stream }

    func observe(_ observer: @escaping @Sendable (StreamSignals) -> Void) {
        stream.observe { [self] events in
            // A stream that has ended is a request that was answered.
            if events.contains(.closed) {
                let status = status.load(ordering: .acquiring)
                if status != 0 { ResponseStep.finishStream(context, status: status) }
            }
            observer(StreamSignals(rawValue: events.rawValue))
        }
    }

    func poll(_ signals: StreamSignals) -> StreamSignals {
        StreamSignals(rawValue: stream.poll(StreamEvents(rawValue: signals.rawValue)).rawValue)
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
        guard context.claimAnswer() else { return false }
        self.status.store(status, ordering: .releasing)
        return context.exchange.startStream(status: status) { fields in
            ResponseStep.writeFields(context, contentType: contentType, headers: headers, to: &fields)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> (ModuleStatus, Int) {
        guard let count = stream.write(bytes) else { return (.stale, 0) }
        return (count > 0 || bytes.isEmpty ? .ok : .busy, count)
    }

    func finish() { stream.finish() }

    func reset() { stream.reset() }

    func abandon() { ResponseStep.abandon(context) }
}
