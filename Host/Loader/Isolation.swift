import CGantry
import CGantryProxy
import Glibc

/// What stands between the host and the code of a module.
enum Isolation {
    /// Nothing: the module finds the host's own tables, and the host the module's.
    case direct
    /// The proxy: every call crosses as bytes, within this process. It proves that the interface can be served by
    /// another process; `GANTRY_LOOPBACK=1` in the environment turns it on, for tests.
    case loopback

    static let current: Isolation = getenv("GANTRY_LOOPBACK").map { String(cString: $0) } == "1" ? .loopback : .direct

    /// Calls a module's entry; what `module` holds afterwards is what the host talks to.
    func enter(
        _ entry: gantry_entry_fn_v1, _ host: UnsafePointer<gantry_host_v1>, _ module: inout gantry_module_v1
    ) -> Int32 {
        switch self {
        case .direct: entry(host, &module)
        case .loopback: gantry_proxy_loopback(entry, host, &module)
        }
    }
}
