import CGantry

/// A module that hands what it holds in memory to the next generation when its tenant is moved to another version.
///
/// Only for what would be missed and is nowhere else: what is in the database is there for the next generation too. A
/// crash loses it, so a module must be able to begin without it.
///
/// life: `quiesce` → `exportState` → `stop` of one generation, then the other one's `importState` after its `start` and
/// before its first call.
public protocol StatefulModule: Module {
    /// What the instance holds, as the next generation is to get it; nil for nothing.
    func exportState(_ context: borrowing CallContext) throws -> ModuleState?
    /// Takes over what another generation held. Answer false for a version that is not known: the instance then begins
    /// without it. What it throws ends the move, and the generation before is started again.
    func importState(_ state: ModuleState, _ context: borrowing CallContext) throws -> Bool
}

/// What one generation hands to the next.
public struct ModuleState: Sendable, Equatable {
    /// How it is written; the module counts.
    public var version: UInt32
    /// What it holds, at most 64 MiB.
    public var bytes: [UInt8]

    /// State of a version.
    public init(version: UInt32, bytes: [UInt8]) {
        self.version = version
        self.bytes = bytes
    }
}

extension ModuleTables {
    static let state = ConstantTable(
        gantry_state_v1(
            export_state: { instance, call, take, takeContext, error in
                enter(instance, call, error) { instance, context in
                    guard let state = try instance.exportState(context) else { return }
                    let status = state.bytes.withUnsafeBufferPointer { bytes in
                        take?(takeContext, state.version, gantry_str_v1(borrowing: bytes)) ?? Status.invalid.rawValue
                    }
                    try HostError.check(status, "Whoever takes the state")
                }
            },
            import_state: { instance, call, version, state, error in
                var isKnown = true
                let status = enter(instance, call, error) { instance, context in
                    let bytes = Array(state.buffer)
                    isKnown = try instance.importState(ModuleState(version: version, bytes: bytes), context)
                }
                return isKnown ? status : Status.unsupported.rawValue
            }))
}
