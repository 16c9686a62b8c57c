import CGantry
import GantryKit

/// `gantry.cache`: values in memory, which vanish when their time is over.
enum CacheTable {
    static let table = gantry_cache_v1(
        get: { call, key, onValue, context in
            TestHost.with(call, "gantry.cache get") { host, _ in
                guard isKey(key) else { return .invalid }
                guard let value = host.cached(key.copy) else { return .end }
                let memory = LentMemory()
                let bytes: [UInt8] =
                    switch value {
                    case .bytes(let bytes, _): bytes
                    case .counter(let number, _): Array(String(number).utf8)
                    }
                return Status(rawValue: onValue?(context, memory.bytes(bytes)) ?? Status.invalid.rawValue)
            }
        },
        set: { call, key, value, lifetime in
            TestHost.with(call, "gantry.cache set") { host, _ in
                guard isKey(key), lifetime >= 0 else { return .invalid }
                let value = CachedValue.bytes(value.copiedBytes, expires: host.expiry(lifetime))
                host.state.withLock { $0.cache[key.copy] = value }
                return .ok
            }
        },
        remove: { call, key in
            TestHost.with(call, "gantry.cache remove") { host, _ in
                guard isKey(key) else { return .invalid }
                let isThere = host.cached(key.copy) != nil
                host.state.withLock { _ = $0.cache.removeValue(forKey: key.copy) }
                return isThere ? .ok : .end
            }
        },
        add: { call, key, amount, lifetime, outValue in
            TestHost.with(call, "gantry.cache add") { host, _ in
                guard isKey(key), lifetime >= 0 else { return .invalid }
                let (name, old) = (key.copy, host.cached(key.copy))
                if case .bytes? = old { return .invalid }
                var (sum, expires) = (Int64(0), host.expiry(lifetime))
                if case .counter(let number, let end)? = old { (sum, expires) = (number, end) }
                let (value, overflows) = sum.addingReportingOverflow(amount)
                guard !overflows else { return .invalid }
                host.state.withLock { $0.cache[name] = .counter(value, expires: expires) }
                outValue?.pointee = value
                return .ok
            }
        })

    private static func isKey(_ key: gantry_str_v1) -> Bool { (1...512).contains(key.size) && key.data != nil }
}

extension TestHost {
    func expiry(_ lifetimeMilliseconds: Int64) -> Int64 {
        lifetimeMilliseconds == 0 ? .max : threads.monotonicNanoseconds / 1_000_000 + lifetimeMilliseconds
    }

    /// What is under `key` and has not expired.
    func cached(_ key: String) -> CachedValue? {
        let now = threads.monotonicNanoseconds / 1_000_000
        guard let value = state.withLock({ $0.cache[key] }) else { return nil }
        switch value {
        case .bytes(_, let expires), .counter(_, let expires): return expires > now ? value : nil
        }
    }
}
