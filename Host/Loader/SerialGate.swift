import GantryThreads

/// Lets the calls of a `serial` instance in one after the other, and those of a `concurrent` one at once.
final class SerialGate: Sendable {
    let isSerial: Bool
    private let lock = Lock(())

    init(isSerial: Bool) {
        self.isSerial = isSerial
    }

    func enter(_ body: () -> Int32) -> Int32 {
        isSerial ? lock.withLock { _ in body() } : body()
    }
}
