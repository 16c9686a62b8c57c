import CGantry
import GantryCore

/// `gantry.cache`: values that may vanish. Nothing waits.
enum CacheTable {
    private static let maximumKeyBytes: UInt64 = 512

    static let get:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, gantry_bytes_fn_v1?, UnsafeMutableRawPointer?
        ) -> Int32 = { call, key, onValue, context in
            guard let onValue, isKey(key) else { return ModuleStatus.invalid.rawValue }
            return ServiceCalls.run(call, \.cache, needs: (.cache, "gantry.cache.get")) { _, cache in
                guard let value = cache.value(Array(key.buffer)) else { return .end }
                let status = ModuleStatus(rawValue: ServiceCalls.lend(value, to: onValue, context))
                return status == .end ? .ok : status
            }
        }

    static let set: @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_str_v1, gantry_str_v1, Int64) -> Int32 = {
        call, key, value, lifetime in
        guard isKey(key), value.isSpan, lifetime >= 0 else { return ModuleStatus.invalid.rawValue }
        return ServiceCalls.run(call, \.cache, needs: (.cache, "gantry.cache.set")) { _, cache throws(PortOutcome) in
            // What no space has room for is not copied to find that out.
            guard value.size <= 64 << 20 else { return .limit }
            try cache.set(Array(key.buffer), Array(value.buffer), lifetimeMilliseconds: lifetime)
            return .ok
        }
    }

    static let remove: @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_str_v1) -> Int32 = { call, key in
        guard isKey(key) else { return ModuleStatus.invalid.rawValue }
        return ServiceCalls.run(call, \.cache, needs: (.cache, "gantry.cache.remove")) { _, cache in
            cache.remove(Array(key.buffer)) ? .ok : .end
        }
    }

    static let add:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, gantry_str_v1, Int64, Int64, UnsafeMutablePointer<Int64>?
        ) -> Int32 = { call, key, amount, lifetime, outValue in
            guard isKey(key), lifetime >= 0 else { return ModuleStatus.invalid.rawValue }
            return ServiceCalls.run(call, \.cache, needs: (.cache, "gantry.cache.add")) {
                _, cache throws(PortOutcome) in
                let value = try cache.add(Array(key.buffer), amount, lifetimeMilliseconds: lifetime)
                outValue?.pointee = value
                return .ok
            }
        }

    private static func isKey(_ key: gantry_str_v1) -> Bool { key.isSpan && (1...maximumKeyBytes).contains(key.size) }
}
