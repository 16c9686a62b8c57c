/// A host that a module may reach, as a manifest or an operator writes it: `api.example.com`, `*.example.org` for every
/// name below it, `api.example.com:8443` for another port than the scheme's own, `:*` for any port.
///
/// A manifest may also leave the host to the operator: `{language.endpoint}` is the host of the URL that stands at this
/// place of the instance's configuration. Such a pattern allows nothing until it is resolved.
public struct HostPattern: Sendable, Hashable, CustomStringConvertible {
    /// Which ports may be reached.
    public enum Port: Sendable, Hashable {
        /// 80 for http and 443 for https.
        case ofScheme
        case number(UInt16)
        case any
    }

    /// The name in lower case; without the `*.`, when only names below it are meant.
    public var name: String
    /// Whether names below `name` are meant instead of `name` itself.
    public var isWildcard: Bool
    /// Which ports may be reached.
    public var port: Port
    /// Where the configuration names the host; nil for a host that stands here.
    public private(set) var setting: [String]?

    /// Reads a pattern; nil when it is none. International names are written in their ASCII form.
    public init?(_ text: String) {
        if text.hasPrefix("{") {
            guard let path = Self.path(text) else { return nil }
            (name, isWildcard, port, setting) = ("", false, .ofScheme, path)
            return
        }
        var text = Substring(text.lowercased())
        isWildcard = text.hasPrefix("*.")
        if isWildcard { text = text.dropFirst(2) }
        guard let (host, portText) = Self.split(text) else { return nil }
        switch portText {
        case nil: port = .ofScheme
        case "*": port = .any
        case let digits?:
            guard let number = UInt16(digits), number > 0 else { return nil }
            port = .number(number)
        }
        name = String(host)
        guard isWildcard ? Self.isName(host) : Self.isName(host) || Self.isBracketed(host) else { return nil }
    }

    /// Whether a URL with this host (lower case, an IPv6 address in brackets) and port may be reached.
    public func allows(host: String, port actual: UInt16, defaultPort: UInt16) -> Bool {
        guard setting == nil else { return false }
        switch port {
        case .ofScheme: if actual != defaultPort { return false }
        case .number(let number): if actual != number { return false }
        case .any: break
        }
        guard isWildcard else { return host == name }
        return host.utf8.count > name.utf8.count + 1 && host.hasSuffix("." + name)
    }

    /// As it was written, in lower case.
    public var description: String {
        if let setting { return "{\(setting.joined(separator: "."))}" }
        let host = isWildcard ? "*." + name : name
        return switch port {
        case .ofScheme: host
        case .number(let number): "\(host):\(number)"
        case .any: "\(host):*"
        }
    }

    /// The names between the braces.
    private static func path(_ text: String) -> [String]? {
        guard text.hasSuffix("}"), text.utf8.count <= 130 else { return nil }
        let names = text.dropFirst().dropLast().split(separator: ".", omittingEmptySubsequences: false)
        let isPath = names.allSatisfy { name in
            !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
        return isPath ? names.map(String.init) : nil
    }

    private static func split(_ text: Substring) -> (host: Substring, port: Substring?)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            if rest.isEmpty { return (text[...end], nil) }
            return rest.first == ":" ? (text[...end], rest.dropFirst()) : nil
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = parts.first else { return nil }
        return (host, parts.count == 2 ? parts[1] : nil)
    }

    private static func isName(_ text: Substring) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
        }
    }

    private static func isBracketed(_ text: Substring) -> Bool {
        text.hasPrefix("[") && text.contains(":") && InternetAddress(String(text.dropFirst().dropLast())) != nil
    }
}
