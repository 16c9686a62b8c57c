import CGantry
import GantryThreads

/// What an instance hands over to the next generation of its module.
extension ModuleInstance {
    /// State as a module has written it.
    public struct HandedState: Sendable, Equatable {
        /// How it is written, by the module's own count.
        public var version: UInt32
        /// What it holds.
        public var bytes: [UInt8]
    }

    /// Most bytes that a module may hand over.
    static let maximumStateBytes = 64 << 20

    /// Whether the module hands over state at all.
    public var handsOverState: Bool { module.state != nil }

    /// Brings the instance to rest, after which only `stop` may follow, and takes what it holds in memory; nil when
    /// there is nothing. Throws `LoaderError`.
    public func exportState(deadlineNanoseconds: Int64) throws -> HandedState? {
        try quiesce(deadlineNanoseconds: deadlineNanoseconds)
        guard let table = module.state else { return nil }
        let taker = StateTaker()
        try step("export_state", .stopFailed, deadlineNanoseconds) { instance, call, error in
            withExtendedLifetime(taker) {
                table.export_state(instance, call, takeState, Unmanaged.passUnretained(taker).toOpaque(), error)
            }
        }
        return taker.state.withLock { $0 }
    }

    /// Hands the instance what another generation held; after `start`, before the first call.
    /// - Returns: false when the module does not know the version and begins without it.
    public func importState(_ state: HandedState, deadlineNanoseconds: Int64) throws -> Bool {
        guard let table = module.state else { return false }
        var isKnown = true
        try step("import_state", .startFailed, deadlineNanoseconds) { instance, call, error in
            let status = state.bytes.withUnsafeBytes { bytes in
                table.import_state(instance, call, state.version, gantry_str_v1(bytes), error)
            }
            isKnown = ModuleStatus(rawValue: status) != .unsupported
            return isKnown ? status : ModuleStatus.ok.rawValue
        }
        return isKnown
    }
}

/// Holds what a module hands over.
private final class StateTaker: Sendable {
    let state = Lock<ModuleInstance.HandedState?>(nil)
}

/// Called by the module with what it hands over, while the context is there to take it.
private let takeState: gantry_state_fn_v1 = { context, version, state in
    guard let context else { return ModuleStatus.invalid.rawValue }
    let size = Int(clamping: state.size)
    guard size <= ModuleInstance.maximumStateBytes else { return ModuleStatus.limit.rawValue }
    guard state.data != nil || size == 0 else { return ModuleStatus.invalid.rawValue }
    let bytes = Array(UnsafeBufferPointer(start: state.data, count: size))
    return Unmanaged<StateTaker>.fromOpaque(context).takeUnretainedValue().state.withLock { taken in
        if taken != nil { return ModuleStatus.already.rawValue }
        taken = ModuleInstance.HandedState(version: version, bytes: bytes)
        return ModuleStatus.ok.rawValue
    }
}
