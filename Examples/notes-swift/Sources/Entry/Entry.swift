public import GantryKit
import Notes

/// What the host calls after loading the library; the one symbol that it exports.
@c(gantry_entry_v1)
public func entry(host: UnsafePointer<gantry_host_v1>?, module: UnsafeMutablePointer<gantry_module_v1>?) -> Int32 {
    Notes.export(host, module)
}
