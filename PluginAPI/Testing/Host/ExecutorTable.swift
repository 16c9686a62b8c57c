import CGantry
import GantryKit

/// `gantry.executor`: the host's threads.
enum ExecutorTable {
    static let table = gantry_executor_v1(
        submit: { call, work, context in
            TestHost.withInstance(call, "gantry.executor submit") { host in
                guard let work else { return .invalid }
                if host.state.withLock({ $0.isStopped }) { return .stale }
                nonisolated(unsafe) let context = context  // the module's own, handed back once
                host.threads.submit(.init { _ = work(context) })
                return .ok
            }
        },
        submit_blocking: { call, work, context in
            TestHost.withInstance(call, "gantry.executor submit_blocking") { host in
                guard let work else { return .invalid }
                if host.state.withLock({ $0.isStopped }) { return .stale }
                nonisolated(unsafe) let context = context  // the module's own, handed back once
                host.threads.submitBlocking(.init { _ = work(context) })
                return .ok
            }
        },
        submit_after: { call, delay, work, context, outTimer in
            TestHost.withInstance(call, "gantry.executor submit_after") { host in
                guard let work, delay >= 0 else { return .invalid }
                let (isStopped, isQuiescing) = host.state.withLock { ($0.isStopped, $0.isQuiescing) }
                if isStopped { return .stale }
                nonisolated(unsafe) let context = context  // the module's own, handed back once
                let delay = isQuiescing ? 0 : delay
                outTimer?.pointee = host.threads.submit(afterNanoseconds: delay, .init { _ = work(context) })
                return .ok
            }
        },
        cancel: { call, timer in
            TestHost.withInstance(call, "gantry.executor cancel") { host in
                host.threads.cancel(timer) ? .ok : .stale
            }
        })
}
