/// What is wrong with a file that an operator or author wrote: which file, where in it, which field, and why.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// The file as it was named to the reader.
    public var file: String
    /// Line counted from 1; nil when the fault concerns the whole file.
    public var line: Int?
    /// Dotted path of the field, like `routes.3.operation`; empty for the whole file.
    public var field: String
    /// One sentence on what is wrong and what would be right.
    public var message: String

    /// Creates the error.
    public init(file: String, line: Int? = nil, field: String = "", message: String) {
        self.file = file
        self.line = line
        self.field = field
        self.message = message
    }

    /// `file:line: field: message`, as compilers write it.
    public var description: String {
        var text = file
        if let line { text += ":\(line)" }
        if !field.isEmpty { text += ": \(field)" }
        return text + ": " + message
    }
}
