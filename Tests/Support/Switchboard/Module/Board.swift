import GantryKit
import Glibc

/// The sockets of one instance, and how others have ended.
final class Board: @unchecked Sendable {
    // Guard: `mutex` protects what changes; its memory never does.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var kept: [Socket] = []
    private var ended: [SocketEnd] = []

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    var sockets: [Socket] { alone { kept } }
    var ends: [SocketEnd] { alone { ended } }

    func add(_ socket: Socket) { alone { kept.append(socket) } }

    func remove(_ socket: Socket) { alone { kept.removeAll { $0 == socket } } }

    func note(_ end: SocketEnd) { alone { ended.append(end) } }

    private func alone<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
