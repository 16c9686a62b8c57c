public import GantryKit
import Relay

/// What the host calls after loading the library.
@c(gantry_entry_v1)
public func entry(host: UnsafePointer<gantry_host_v1>?, module: UnsafeMutablePointer<gantry_module_v1>?) -> Int32 {
    RelayModule.export(host, module)
}
