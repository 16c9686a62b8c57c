import GantryThreads

/// When the tokens that must not lie unused were used last. Any thread.
///
/// A token that is not in here has ended, so that what the storage has lost or never had is never good.
final class SessionUses: Sendable {
    private struct State {
        var uses: [String: SessionUse]
        var unsaved: Set<String> = []
    }

    /// What was used is looked at again after this part of the time that it may lie unused, and is good for so much
    /// longer, so that whoever remembers it in between ends nothing early.
    private static let parts: Int64 = 10
    private static let shortestLook: Int64 = 1000

    private let state: Lock<State>

    init(_ uses: [SessionUse]) {
        state = Lock(
            State(uses: Dictionary(uses.map { ($0.id, $0) }, uniquingKeysWith: { $1 })))
    }

    /// Takes a new token in, when it is one that must not lie unused.
    func begin(_ record: ModuleTokenRecord) {
        guard record.idleMilliseconds != nil else { return }
        let use = SessionUse(
            id: record.id, usedAtMilliseconds: record.usedAtMilliseconds,
            expiresAtMilliseconds: record.expiresAtMilliseconds)
        state.withLock { $0.uses[record.id] = use }
    }

    /// Notes a use. Gives until when that may be remembered, nil when the token has lain unused for too long.
    func use(_ id: String, idleMilliseconds: Int64, nowMilliseconds: Int64) -> Int64? {
        let look = max(idleMilliseconds / Self.parts, Self.shortestLook)
        return state.withLock { state in
            guard let last = state.uses[id]?.usedAtMilliseconds else { return nil }
            guard nowMilliseconds < last + idleMilliseconds + look else {
                state.uses[id] = nil
                state.unsaved.remove(id)
                return nil
            }
            if nowMilliseconds > last {
                state.uses[id]?.usedAtMilliseconds = nowMilliseconds
                state.unsaved.insert(id)
            }
            return nowMilliseconds + look
        }
    }

    func lastUse(_ id: String) -> Int64? { state.withLock { $0.uses[id]?.usedAtMilliseconds } }

    func end(_ id: String) {
        state.withLock { state in
            state.uses[id] = nil
            state.unsaved.remove(id)
        }
    }

    /// Forgets what has expired.
    func removeExpired(beforeMilliseconds: Int64) {
        state.withLock { state in
            state.uses = state.uses.filter { $0.value.expiresAtMilliseconds > beforeMilliseconds }
        }
    }

    /// What was used since this was asked last.
    func takeUnsaved() -> [SessionUse] {
        state.withLock { state in
            defer { state.unsaved = [] }
            return state.unsaved.compactMap { state.uses[$0] }
        }
    }

    /// It could not be saved; the next one tries again.
    func giveBack(_ uses: [SessionUse]) {
        state.withLock { state in
            for use in uses where state.uses[use.id] != nil { state.unsaved.insert(use.id) }
        }
    }
}
