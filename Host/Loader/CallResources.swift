import GantryCore
import GantryThreads

/// What a module has opened within one call and the host ends with it. Any thread.
final class CallResources: Sendable {
    private struct State {
        var isOver = false
        var endings: [() -> Void] = []
        /// Spans under way, by their ids.
        var spans: [UInt64: Span] = [:]
    }

    /// A span that was begun.
    struct Span {
        let name: String
        let parent: UInt64
        let startNanoseconds: Int64
        var attributes: [(name: String, value: String)] = []
    }

    /// More in one call are not remembered.
    static let maximumSpans = 1000
    private static let maximumAttributes = 32

    private let state = Lock(State())

    /// Calls `ending` when the call ends; at once when it is over.
    func add(_ ending: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.isOver { state.endings.append(ending) }
            return state.isOver
        }
        if isOver { ending() }
    }

    /// Remembers a span; false when there are too many.
    func begin(_ id: UInt64, _ span: Span) -> Bool {
        state.withLock { state in
            guard !state.isOver, state.spans.count < Self.maximumSpans else { return false }
            state.spans[id] = span
            return true
        }
    }

    /// Adds a fact to a span; false when it is not under way or has too many.
    func attribute(_ id: UInt64, _ name: String, _ value: String) -> ModuleStatus {
        state.withLock { state in
            guard let count = state.spans[id]?.attributes.count else { return .stale }
            guard count < Self.maximumAttributes else { return .limit }
            state.spans[id]?.attributes.append((name, value))
            return .ok
        }
    }

    /// Takes a span out.
    func end(_ id: UInt64) -> Span? { state.withLock { $0.spans.removeValue(forKey: id) } }

    /// The call is over; gives the spans that were not ended.
    func endAll() -> [UInt64: Span] {
        let (endings, spans) = state.withLock { state in
            defer { (state.endings, state.spans) = ([], [:]) }
            state.isOver = true
            return (state.endings, state.spans)
        }
        for ending in endings { ending() }
        return spans
    }
}
