import CGantry
import CGantryServices
import GantryCore

/// The services of one build, ready to be called. The pointers lead to memory that lives as long as the process.
struct LoadedServices: @unchecked Sendable {
    // Guard: nothing changes what the pointers lead to.

    /// A service that the module calls.
    struct Import {
        let declaration: ServiceDeclaration
        let service: UnsafePointer<gantry_service>
    }

    /// A service that the module serves.
    struct Export {
        let export: Manifest.Export
        let service: UnsafePointer<gantry_service>
        /// Nil when the module is called by values.
        let function: gantry_service_fn_v1?
    }

    let exporter: gantry_exporter_v1?
    private(set) var imports: [Import] = []
    private(set) var exports: [Export] = []

    /// None.
    init() { exporter = nil }

    /// Asks the library for what the manifest exports. Throws `LoaderError`.
    init(_ manifest: Manifest, _ exporter: gantry_exporter_v1?, _ module: UnsafeMutableRawPointer?) throws {
        self.exporter = exporter
        for use in manifest.imports {
            imports.append(
                Import(declaration: use.declaration, service: try Self.service(use.declaration, manifest.id)))
        }
        for export in manifest.exports {
            let text = export.declaration.description
            guard let exporter, let ask = exporter.function else {
                throw LoaderError(
                    .contradiction, module: manifest.id,
                    "Library and manifest contradict each other: it exports `\(text)` but has no table "
                        + "`\(GANTRY_EXPORTER_ID)`.")
            }
            let service = try Self.service(export.declaration, manifest.id)
            var function: gantry_service_fn_v1?
            let status = ModuleStatus(rawValue: ask(module, service.pointee.signature, &function))
            guard status == .ok, function != nil || exporter.call != nil else {
                throw LoaderError(
                    .contradiction, module: manifest.id,
                    "Library and manifest contradict each other: the manifest's service `\(text)` has no function in "
                        + "the library (it answered \(status)).")
            }
            exports.append(Export(export: export, service: service, function: function))
        }
    }

    /// The import behind a function that the module has found.
    func `import`(_ service: UnsafePointer<gantry_service>) -> Import? { imports.first { $0.service == service } }

    /// The import that is declared so.
    func `import`(_ signature: gantry_str_v1) -> Import? {
        let text = signature.buffer
        return imports.first { $0.service.pointee.signature.buffer.elementsEqual(text) }
    }

    func export(_ service: UnsafePointer<gantry_service>) -> Export? { exports.first { $0.service == service } }

    private static func service(
        _ declaration: ServiceDeclaration, _ module: String
    ) throws -> UnsafePointer<gantry_service> {
        var text = declaration.description
        var service: UnsafePointer<gantry_service>?
        let status = text.withUTF8 { gantry_service_find(gantry_str_v1(UnsafeRawBufferPointer($0)), &service) }
        guard let service else {
            throw LoaderError(
                .loadFailed, module: module,
                "The service `\(text)` cannot be prepared: \(ModuleStatus(rawValue: status)).")
        }
        return service
    }
}
