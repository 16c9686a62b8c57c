import Glibc

/// The environment that the process was started with.
enum ProcessEnvironment {
    /// Values by name. Of a name that occurs twice the first counts, as for `getenv`.
    static let values: [String: String] = {
        var values: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                let name = String(text[..<equals])
                if values[name] == nil { values[name] = String(text[text.index(after: equals)...]) }
            }
            next += 1
        }
        return values
    }()
}
