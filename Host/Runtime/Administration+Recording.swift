import GantryCore
import GantryJSON
import GantryLoader

extension Administration {
    /// Restarts a module for one tenant so that what crosses its border is kept in a file.
    func startRecording(_ arguments: CommandArguments) throws -> String {
        let definition = try definition(arguments)
        let tenant = try self.tenant(arguments).id
        guard let supervisor else {
            throw AdministrationError(code: "failed", message: "No host runs on this folder: nothing can be recorded.")
        }
        let path = try arguments.required("file")
        guard path.hasPrefix("/") else {
            throw AdministrationError(code: "invalid", message: "The file must be named by its whole path.")
        }
        guard let seconds = Int(try arguments.required("seconds")), (1...86_400).contains(seconds),
            let mebibytes = Int(try arguments.required("mebibytes")), (1...10_000).contains(mebibytes)
        else {
            throw AdministrationError(code: "invalid", message: "At most a day and 10000 MiB are recorded.")
        }
        let members = (arguments.values["redact"] ?? "").split(separator: ",").map(String.init)
        do {
            try Recording.begin(
                Recording.Order(
                    module: definition.manifest.id, tenant: tenant, path: path, seconds: seconds,
                    bytes: mebibytes << 20, members: members))
        } catch let refusal as Recording.Refusal {
            throw AdministrationError(code: "conflict", message: refusal.message)
        }
        let failures = try supervisor.restart(definition.manifest.id, tenant: tenant)
        if let failure = failures.first {
            _ = Recording.end()
            throw AdministrationError(code: "failed", message: "`\(failure.tenant)`: \(failure.message)")
        }
        return try showRecording()
    }

    /// Ends the recording, and restarts the module as it was.
    func stopRecording() throws -> String {
        guard let progress = Recording.end() else {
            throw AdministrationError(code: "not_found", message: "Nothing has been recorded.")
        }
        let order = progress.order
        if let failure = try supervisor?.restart(order.module, tenant: order.tenant).first {
            throw AdministrationError(code: "failed", message: "`\(failure.tenant)`: \(failure.message)")
        }
        return try showRecording()
    }

    /// How far the recording has come.
    func showRecording() throws -> String {
        guard let progress = Recording.progress else {
            throw AdministrationError(code: "not_found", message: "Nothing has been recorded.")
        }
        return Self.object { writer in
            for (key, value) in [
                ("module", progress.order.module), ("tenant", progress.order.tenant), ("file", progress.order.path),
                ("state", progress.ended.isEmpty ? "recording" : "ended"), ("reason", progress.ended),
            ] {
                writer.key(key)
                writer.string(value)
            }
            writer.key("records")
            writer.int(progress.records)
            writer.key("bytes")
            writer.int(progress.bytes)
        }
    }
}
