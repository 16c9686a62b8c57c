import GantryThreads

/// Requests to other servers that threads of one instance wait for, so that they can be broken off. Any thread.
final class AwaitedExchanges: Sendable {
    private struct State {
        var number = 0
        var exchanges: [Int: any OutboundExchange] = [:]
    }

    private let state = Lock(State())

    /// Runs the body, which waits for the end of the exchange.
    func whileWaiting<Result>(for exchange: any OutboundExchange, _ body: () -> Result) -> Result {
        let number = state.withLock { state in
            state.number += 1
            state.exchanges[state.number] = exchange
            return state.number
        }
        defer { state.withLock { $0.exchanges[number] = nil } }
        return body()
    }

    /// Breaks off all of them.
    func cancelAll() {
        let exchanges = state.withLock { Array($0.exchanges.values) }
        for exchange in exchanges { exchange.cancel() }
    }
}
