import GantryCore

extension Administration {
    /// Has a module run elsewhere, or with other limits, for all tenants that have it.
    func isolate(_ arguments: CommandArguments) throws -> String {
        let module = try arguments.required("module")
        guard let isolation = Deployment.Isolation(text: try arguments.required("isolation")) else {
            throw AdministrationError(code: "invalid", message: "This is no isolation that this host knows.")
        }
        try isolations.set(isolation, for: module)
        try supervisor?.isolate(module)
        return Self.answer(module: module)
    }
}
