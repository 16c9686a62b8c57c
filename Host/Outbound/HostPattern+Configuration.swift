public import GantryCore
public import GantryJSON

extension HostPattern {
    /// The host and port of the URL that the configuration names for this pattern, the pattern itself where it names
    /// its host, and nil where the configuration has no usable URL there.
    /// - Parameter configuration: The instance's configuration.
    public func resolved(_ configuration: JSONValue) -> HostPattern? {
        guard let setting else { return self }
        var value = configuration
        for name in setting {
            guard let next = value[name] else { return nil }
            value = next
        }
        guard let url = value.string, let target = try? OutboundTarget(url) else { return nil }
        return HostPattern("\(target.host):\(target.port)")
    }
}
