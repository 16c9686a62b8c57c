import CGantry
import GantryCore
import GantryThreads
import Synchronization

/// A request of a module to another server that nobody waits for. What comes back is handed to the module on the host's
/// threads, one call after the other, as its short work is: a module that dawdles delays nobody's requests but its own.
final class ModuleExchange: OutboundSink {
    static let table = HandleTable<ModuleExchange>(kind: 7)

    /// What the module wants to be called. Guard: the module promises that the contexts may be used on any thread; only
    /// its own functions ever do, one call at a time.
    struct Functions: @unchecked Sendable {
        /// Takes the body piece by piece; nil when it is wanted as a whole.
        let chunk: gantry_bytes_fn_v1?
        let chunkContext: UnsafeMutableRawPointer?
        let response: gantry_outbound_fn_v1
        let responseContext: UnsafeMutableRawPointer?
    }

    private struct State {
        var exchange: (any OutboundExchange)?
        var answer: OutboundPortAnswer?
        /// The whole body, or pieces that the module has not taken.
        var body: [UInt8] = []
        var pieces: [[UInt8]] = []
        var outcome: PortOutcome?
        /// The status with which the module ended it.
        var refusal: ModuleStatus?
        var isCancelled = false
        /// The module left a piece untaken.
        var isPaused = false
        /// How often it was resumed: that may come before the piece's refusal has returned.
        var resumeCount = 0
        /// A thread hands pieces over, or is about to.
        var isDelivering = false
        var isOver = false
    }

    private enum Step {
        case piece([UInt8])
        case end(OutboundReply)
        case nothing
    }

    let instance: ModuleInstance
    private let functions: Functions
    private let state = Lock(State())
    private let handleBox = Lock<UInt64>(0)

    /// Names the exchange.
    var handle: UInt64 { handleBox.withLock { $0 } }

    init(instance: ModuleInstance, functions: Functions) {
        self.instance = instance
        self.functions = functions
        let handle = Self.table.insert(self)
        handleBox.withLock { $0 = handle }
        // Its end is awaited when the instance stops, as that of a call is.
        instance.exchanges.add(1, ordering: .relaxed)
    }

    /// The request has begun.
    func attach(_ exchange: any OutboundExchange) {
        let isCancelled = state.withLock { state in
            state.exchange = exchange
            return state.isCancelled || state.refusal != nil
        }
        if isCancelled { exchange.cancel() }
    }

    /// The request was refused: nothing will be called.
    func abandon() {
        Self.table.release(handle)
        instance.exchanges.subtract(1, ordering: .releasing)
    }

    /// Takes back whatever the instance has under way.
    static func cancelAll(of instance: ModuleInstance) {
        guard instance.exchanges.load(ordering: .acquiring) > 0 else { return }
        for exchange in table.releaseAll(where: { $0.instance === instance }) { exchange.cancel() }
    }

    /// Breaks off what an instance has under way to other servers, since it may not go there any more.
    static func denyAll(of instance: ModuleInstance) {
        instance.awaited.cancelAll()
        guard instance.exchanges.load(ordering: .acquiring) > 0 else { return }
        for exchange in table.objects(where: { $0.instance === instance }) { exchange.deny() }
    }

    /// What became of a request whose right was taken away while it was under way.
    static let denial = PortOutcome(
        .denied, message: "`http_client` was taken away from the module while the request was under way.")

    /// Ends it, since the module may not have it any more; the module is told so.
    func deny() {
        let exchange = state.withLock { state -> (any OutboundExchange)? in
            // What has ended, or was ended by the module, is told as it ended.
            guard state.outcome == nil, !state.isCancelled else { return nil }
            state.refusal = .denied
            state.isPaused = false
            return state.exchange
        }
        exchange?.cancel()
        deliver()
    }

    func cancel() {
        let exchange = state.withLock { state in
            state.isCancelled = true
            // Pieces that wait for `resume` are of no interest any more.
            state.isPaused = false
            return state.exchange
        }
        exchange?.cancel()
        deliver()
    }

    func resume() {
        state.withLock { state in
            state.isPaused = false
            state.resumeCount += 1
        }
        deliver()
    }

    func received(_ answer: OutboundPortAnswer) { state.withLock { $0.answer = answer } }

    func received(_ bytes: UnsafeRawBufferPointer) {
        let copy = Array(bytes)
        guard functions.chunk != nil else { return state.withLock { $0.body += copy } }
        state.withLock { $0.pieces.append(copy) }
        deliver()
    }

    func finished(_ outcome: PortOutcome) {
        state.withLock { $0.outcome = outcome }
        deliver()
    }

    /// Hands over what there is, on another thread.
    private func deliver() {
        let isNeeded = state.withLock { state in
            if state.isDelivering || state.isOver || state.isPaused { return false }
            if state.pieces.isEmpty && state.outcome == nil { return false }
            state.isDelivering = true
            return true
        }
        guard isNeeded else { return }
        // An instance that is being stopped takes no more work, but whoever waits must still learn of the end.
        if !instance.work.submit({ [self] in deliverAll() }) { deliverAll() }
    }

    private func deliverAll() {
        while true {
            switch next() {
            case .nothing: return
            case .piece(let piece): hand(piece)
            case .end(let reply):
                Self.table.release(handle)
                enter { reply.tell(functions.response, functions.responseContext).rawValue }
                instance.exchanges.subtract(1, ordering: .releasing)
                return
            }
        }
    }

    private func next() -> Step {
        state.withLock { state in
            let isEnding = state.isCancelled || state.refusal != nil
            if !isEnding, state.isPaused {
                state.isDelivering = false
                return .nothing
            }
            if !isEnding, let piece = state.pieces.first { return .piece(piece) }
            guard let outcome = state.outcome else {
                state.isDelivering = false
                return .nothing
            }
            state.isOver = true
            if let refusal = state.refusal {
                let outcome =
                    refusal == .denied ? Self.denial : PortOutcome(refusal, message: "The module ended the exchange.")
                return .end(OutboundReply(outcome, nil, []))
            }
            return .end(OutboundReply(outcome, state.answer, state.body))
        }
    }

    /// Hands one piece to the module.
    private func hand(_ piece: [UInt8]) {
        guard let chunk = functions.chunk else { return }
        let resumeCount = state.withLock { $0.resumeCount }
        let status = ModuleStatus(
            rawValue: enter { ServiceCalls.lend(piece, to: chunk, functions.chunkContext) })
        let exchange = state.withLock { state in
            switch status {
            case .ok: state.pieces.removeFirst()
            case .busy: state.isPaused = !state.isCancelled && state.resumeCount == resumeCount
            default:
                // The end of what the module took is no failure of the exchange; but it is over.
                state.refusal = status == .end ? .cancelled : status
            }
            return state.exchange
        }
        if status == .ok {
            exchange?.grant(piece.count)
        } else if status != .busy {
            exchange?.cancel()
        }
    }

    @discardableResult
    private func enter(_ body: () -> Int32) -> Int32 {
        instance.enter { ThreadRule.withoutWaiting(body) }
    }
}
