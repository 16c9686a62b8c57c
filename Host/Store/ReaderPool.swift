import GantryThreads

/// The reading connections of a database: opened when needed, at most so many, the last one used first.
final class ReaderPool: @unchecked Sendable {
    private struct State {
        var free: [Connection] = []
        var openCount = 0
        var isClosed = false
    }

    private enum Turn {
        case connection(Connection)
        case open
        case closed
    }

    private let limit: Int
    private let open: @Sendable () throws(StoreError) -> sending Connection
    // Guard: the monitor; a connection that was taken belongs to the thread that took it.
    private let monitor = Monitor(State())

    init(limit: Int, open: @escaping @Sendable () throws(StoreError) -> sending Connection) {
        self.limit = limit
        self.open = open
    }

    /// Runs `body` on a connection of its own.
    func withConnection<Value>(
        deadline: Deadline,
        _ body: (Connection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let connection = try take(deadline: deadline)
        do throws(StoreError) {
            let value = try body(connection)
            giveBack(connection)
            return value
        } catch {
            // After such a failure a new connection starts from what is in the file.
            let isBroken = error.endsTransaction && error.code != .cancelled || connection.isInTransaction
            giveBack(isBroken ? nil : connection)
            throw error
        }
    }

    /// Closes the connections that nobody uses.
    func closeIdle() {
        let idle = monitor.withLock { state in
            let idle = state.free
            state.openCount -= idle.count
            state.free = []
            return idle
        }
        // The last references go here, outside the lock: closing takes time.
        withExtendedLifetime(idle) {}
    }

    /// Refuses further reads and waits for those that run.
    func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.broadcast()
        closeIdle()
        _ = monitor.wait { $0.openCount == 0 ? true : nil }
    }

    private func take(deadline: Deadline) throws(StoreError) -> Connection {
        let turn = monitor.wait(until: deadline) { state -> Turn? in
            if state.isClosed { return .closed }
            if let connection = state.free.popLast() { return .connection(connection) }
            guard state.openCount < limit else { return nil }
            state.openCount += 1
            return .open
        }
        switch turn {
        case .connection(let connection): return connection
        case .closed: throw StoreError(.cancelled, "the database was closed")
        case nil: throw StoreError(.cancelled, "the deadline passed while waiting to read")
        case .open:
            do {
                return try open()
            } catch {
                giveBack(nil)
                throw error
            }
        }
    }

    /// Takes a connection back, or the room of one that is gone.
    private func giveBack(_ connection: Connection?) {
        let isClosed = monitor.withLock { state in
            if let connection, !state.isClosed {
                state.free.append(connection)
            } else {
                state.openCount -= 1
            }
            return state.isClosed
        }
        if isClosed { monitor.broadcast() } else { monitor.signal() }
    }
}
