import Synchronization

/// A request's place in its module's bulkhead. It is free again once the request is answered and the module's code has
/// returned: a module that answers and then hangs still holds a thread. Any thread.
final class Place: Sendable {
    private static let taken: UInt8 = 1
    private static let answered: UInt8 = 2
    private static let inside: UInt8 = 4
    private let state = Atomic<UInt8>(0)

    func take() { state.bitwiseOr(Self.taken, ordering: .acquiringAndReleasing) }

    /// False when the request is answered; else the module's code runs until `comeOut`.
    func goIn() -> Bool {
        let before = state.bitwiseOr(Self.inside, ordering: .acquiringAndReleasing).oldValue
        if before & Self.answered == 0 { return true }
        state.bitwiseAnd(~Self.inside, ordering: .acquiringAndReleasing)
        return false
    }

    /// True for the one who has to leave the bulkhead.
    func comeOut() -> Bool {
        let before = state.bitwiseAnd(~Self.inside, ordering: .acquiringAndReleasing).oldValue
        return before & (Self.taken | Self.answered) == Self.taken | Self.answered
    }

    /// True for the one who has to leave the bulkhead.
    func answer() -> Bool {
        let before = state.bitwiseOr(Self.answered, ordering: .acquiringAndReleasing).oldValue
        return before == Self.taken
    }
}
