import CGantry

/// What every use of a host service needs: the call that is under way and the instance's tables. Opaque to modules.
///
/// It borrows: it must not outlive the call, which is why the values that carry it cannot be copied out of a handler.
public struct CallScope {
    let call: UnsafePointer<gantry_call_v1>
    /// The instance owns the tables and outlives every call. A bare pointer, so that nothing counts references.
    let tables: UnsafePointer<HostTables>
}
