extension ContractOperation {
    /// Whether the operation declares a header of this name; given in lower case.
    public func declaresHeader(_ name: String) -> Bool {
        headerParameters.contains { $0.location == .header && $0.name.lowercased() == name }
    }
}
