/// A typed function that one module exports and others import, such as `flags.is_enabled(string, string) -> bool`. It
/// has one spelling, so two declarations mean the same exactly when their texts are the same.
public struct ServiceDeclaration: Sendable, Hashable, CustomStringConvertible {
    /// What parameters and results can be.
    public enum ValueType: String, Sendable, CaseIterable {
        /// UTF-8.
        case string
        case bytes
        case bool
        case i64
        case f64
    }

    /// Id of the module that exports it.
    public let provider: String
    /// What the module calls it: lowercase letters, digits and underscores.
    public let name: String
    /// In their order; at most eight.
    public let parameters: [ValueType]
    /// Nil for a service that gives nothing back.
    public let result: ValueType?
    /// The one spelling.
    public let description: String

    /// `flags.is_enabled`.
    public var qualifiedName: String { "\(provider).\(name)" }

    /// As `gantry/services.h` has it.
    public static let maximumParameterCount = 8
    private static let maximumNameBytes = 64

    /// Reads a declaration; nil when it is not written in the one spelling.
    public init?(_ text: String) {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close,
            let dot = text[..<open].firstIndex(of: ".")
        else { return nil }
        provider = String(text[..<dot])
        name = String(text[text.index(after: dot)..<open])
        guard Identifiers.isModule(provider), Self.isName(name) else { return nil }
        var parameters: [ValueType] = []
        let list = text[text.index(after: open)..<close]
        for part in list.isEmpty ? [] : list.split(separator: ", ", omittingEmptySubsequences: false) {
            guard let type = ValueType(rawValue: String(part)) else { return nil }
            parameters.append(type)
        }
        guard parameters.count <= Self.maximumParameterCount else { return nil }
        self.parameters = parameters
        let rest = text[text.index(after: close)...]
        if rest.isEmpty {
            result = nil
        } else {
            guard rest.hasPrefix(" -> "), let type = ValueType(rawValue: String(rest.dropFirst(4))) else { return nil }
            result = type
        }
        description = text
    }

    /// Whether both are the same text.
    public static func == (one: Self, other: Self) -> Bool { one.description == other.description }

    /// Hashes the text.
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }

    private static func isName(_ name: String) -> Bool {
        (1...maximumNameBytes).contains(name.utf8.count) && name.utf8.first?.isLowercaseLetter == true
            && name.utf8.allSatisfy { $0.isLowercaseLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
    }
}
