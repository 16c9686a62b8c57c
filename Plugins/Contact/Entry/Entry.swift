import ContactModule
public import GantryKit

/// Hands the contact module to the host.
@c(gantry_entry_v1)
public func entry(host: UnsafePointer<gantry_host_v1>?, module: UnsafeMutablePointer<gantry_module_v1>?) -> Int32 {
    ContactModule.export(host, module)
}
