import CGantry
import GantryCore
import Glibc

/// `gantry.log`, `gantry.clock` and `gantry.call`: small services that need no capability.
enum SystemTables {
    private static let maximumFields: UInt64 = 64
    private static let maximumMessageBytes: UInt64 = 64 << 10

    static let write:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt32, gantry_str_v1, UnsafePointer<gantry_field_v1>?, UInt64
        ) -> Int32 = { call, level, message, fields, count in
            let levels: [Deployment.LogLevel] = [.debug, .info, .warning, .error]
            guard Int(level) < levels.count, count <= maximumFields, fields != nil || count == 0 else {
                return ModuleStatus.invalid.rawValue
            }
            guard message.size <= maximumMessageBytes else { return ModuleStatus.limit.rawValue }
            guard let call = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
            let list = (0..<Int(count)).compactMap { index in
                fields.map { (name: lossy($0[index].name), value: lossy($0[index].value)) }
            }
            call.instance.ports.log.write(
                level: levels[Int(level)], message: lossy(message), fields: list, trace: call.trace)
            return ModuleStatus.ok.rawValue
        }

    static let now: @convention(c) (UnsafePointer<gantry_call_v1>?, UnsafeMutablePointer<Int64>?) -> Int32 = {
        call, out in
        guard let out else { return ModuleStatus.invalid.rawValue }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        out.pointee = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        return ModuleStatus.ok.rawValue
    }

    static let monotonic: @convention(c) (UnsafePointer<gantry_call_v1>?, UnsafeMutablePointer<Int64>?) -> Int32 = {
        call, out in
        guard let out else { return ModuleStatus.invalid.rawValue }
        out.pointee = MonotonicClock.nanoseconds
        return ModuleStatus.ok.rawValue
    }

    static let random: @convention(c) (UnsafePointer<gantry_call_v1>?, UnsafeMutablePointer<UInt8>?, UInt64) -> Int32 =
        {
            call, out, size in
            guard let out, size <= 65536 else { return ModuleStatus.invalid.rawValue }
            // The system gives at most 256 bytes at once; a generator would ask it for each byte.
            for offset in stride(from: 0, to: Int(size), by: 256) {
                let status = getentropy(out + offset, min(Int(size) - offset, 256))
                guard status == 0 else { return ModuleStatus.failed.rawValue }
            }
            return ModuleStatus.ok.rawValue
        }

    static let isCancelled: @convention(c) (UnsafePointer<gantry_call_v1>?, UnsafeMutablePointer<UInt8>?) -> Int32 = {
        call, out in
        guard let out else { return ModuleStatus.invalid.rawValue }
        guard let call = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
        out.pointee = call.isCancelled ? 1 : 0
        return ModuleStatus.ok.rawValue
    }

    /// A line with a broken character is better than no line.
    private static func lossy(_ text: gantry_str_v1) -> String {
        String(decoding: text.buffer, as: UTF8.self)
    }
}
