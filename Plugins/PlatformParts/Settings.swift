public import GantryKit

/// A module's settings, as the contract lists them under `x-env`: members of its configuration, which the host fills
/// from the environment where the tenant says nothing.
public struct Settings: Sendable {
    private let configuration: JSONDocument

    /// The settings of an instance.
    public init(_ configuration: JSONDocument) { self.configuration = configuration }

    /// The text of a setting; nil where it is unset or empty.
    public func text(_ name: String) -> String? {
        configuration.withRoot { root in
            guard let value = root[name], !value.isNull else { return nil }
            let text = value.string ?? String(decoding: value.rawBytes, as: UTF8.self)
            return text.isEmpty ? nil : text
        }
    }

    /// Whether a setting is on: `true`, `1`, `yes` and `on` are, in any case.
    public func flag(_ name: String, unless standard: Bool) -> Bool {
        guard let text = text(name) else { return standard }
        return ["true", "1", "yes", "on"].contains(text.lowercased())
    }
}
