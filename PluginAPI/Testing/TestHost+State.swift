import CGantry
public import GantryKit

/// What one generation of a module hands to the next.
extension TestHost {
    /// Brings the instance to rest and takes what it hands over; nil for nothing. Only `stop` may follow. Throws
    /// what the module answered.
    public func exportState(within duration: Duration = .seconds(5)) throws -> ModuleState? {
        guard let instance else { throw TestFailure("the instance was stopped") }
        try quiesce(instance, within: duration)
        guard let table = loaded.state else { return nil }
        let taken = TakenState()
        try step("export_state", within: duration) { call, record in
            withExtendedLifetime(taken) {
                table.pointee.export_state.unsafelyUnwrapped(
                    instance, call, TakenState.take, Unmanaged.passUnretained(taken).toOpaque(), record)
            }
        }
        return taken.state
    }

    /// Hands the instance what another generation held, before its first call.
    /// - Returns: false when the module does not know the version.
    public func importState(_ state: ModuleState) throws -> Bool {
        guard let instance, let table = loaded.state else { return false }
        do {
            try step("import_state") { call, record in
                state.bytes.withUnsafeBufferPointer { bytes in
                    table.pointee.import_state.unsafelyUnwrapped(
                        instance, call, state.version,
                        gantry_str_v1(data: bytes.baseAddress, size: UInt64(bytes.count)), record)
                }
            }
        } catch let error as HostError where error.status == .unsupported {
            return false
        }
        return true
    }
}

/// What a module hands over while it is asked to.
private final class TakenState {
    var state: ModuleState?

    static let take: gantry_state_fn_v1 = { context, version, text in
        guard let context else { return Status.invalid.rawValue }
        let taken = Unmanaged<TakenState>.fromOpaque(context).takeUnretainedValue()
        guard taken.state == nil else { return Status.already.rawValue }
        let bytes = Array(UnsafeBufferPointer(start: text.data, count: Int(text.size)))
        taken.state = ModuleState(version: version, bytes: bytes)
        return Status.ok.rawValue
    }
}
