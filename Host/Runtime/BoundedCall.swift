import GantryThreads

/// Work that may never return, such as a module's own code: it runs on a thread of its own, which is left behind when
/// the time is over.
enum BoundedCall {
    private enum Progress<Value: Sendable>: Sendable {
        case running
        case done(Value)
        case abandoned
    }

    /// The result; nil when the time passed first. Then `late` gets the result should it still come, on that thread.
    static func run<Value: Sendable>(
        within time: Duration, late: @escaping @Sendable (Value) -> Void, _ body: @escaping @Sendable () -> Value
    ) -> Value? {
        let progress = Monitor(Progress<Value>.running)
        DetachedThread.start {
            let value = body()
            let isLate = progress.withLock { state in
                if case .abandoned = state { return true }
                state = .done(value)
                return false
            }
            if isLate { late(value) } else { progress.signal() }
        }
        let value = progress.wait(until: .after(time)) { state -> Value? in
            if case .done(let value) = state { value } else { nil }
        }
        // It may have come between the end of the wait and now.
        return value
            ?? progress.withLock { state in
                if case .done(let value) = state { return value }
                state = .abandoned
                return nil
            }
    }

    /// Does the work for each item on a few threads, and returns when all of it is done.
    static func forEach<Item: Sendable>(
        _ items: [Item], threadCount: Int, _ body: @escaping @Sendable (Item) -> Void
    ) {
        let next = Monitor(0)
        let running = Monitor(min(threadCount, items.count))
        for _ in 0..<min(threadCount, items.count) {
            DetachedThread.start {
                while true {
                    let index = next.withLock { index in
                        defer { index += 1 }
                        return index
                    }
                    guard index < items.count else { break }
                    body(items[index])
                }
                running.withLock { $0 -= 1 }
                running.signal()
            }
        }
        _ = running.wait { $0 == 0 ? true : nil }
    }
}
