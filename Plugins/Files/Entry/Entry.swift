import FilesModule
public import GantryKit

/// Hands the files module to the host.
@c(gantry_entry_v1)
public func entry(host: UnsafePointer<gantry_host_v1>?, module: UnsafeMutablePointer<gantry_module_v1>?) -> Int32 {
    FilesModule.export(host, module)
}
