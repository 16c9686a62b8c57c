import GantryCore

/// A new module's name in the three forms in which a project holds it.
public struct ProjectName: Sendable, Equatable {
    /// The id, such as `price-list`: in the manifest, in paths, in events.
    public let id: String
    /// The same as an identifier, `price_list`: in file names and in C, C++ and Rust.
    public var identifier: String { String(id.map { $0 == "-" ? "_" : $0 }) }
    /// The same as a type, `PriceList`.
    public var type: String {
        id.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// Checks the name. Throws `AuthoringError` with what would be right.
    public init(_ text: String) throws(AuthoringError) {
        guard Identifiers.isModule(text), text.utf8.count <= 40 else {
            throw AuthoringError(
                .invalidName,
                "`\(text)` cannot be a module's name: it is made of lowercase letters, digits and single hyphens, "
                    + "begins with a letter and has at most 40 of them, such as `price-list`.")
        }
        guard !Self.taken.contains(text) else {
            throw AuthoringError(
                .invalidName,
                "`\(text)` cannot be a module's name: the project would clash with a word of the language or of the "
                    + "kit. `\(text)-module` would do.")
        }
        id = text
    }

    /// Words that mean something already where the name is put.
    private static let taken: Set<String> = [
        "auto", "break", "case", "char", "class", "const", "continue", "crate", "default", "do", "double", "else",
        "enum",
        "extern", "float", "fn", "for", "gantry", "goto", "if", "impl", "in", "inline", "int", "let", "long", "loop",
        "main", "match", "mod", "module", "move", "mut", "namespace", "new", "pub", "ref", "register", "return",
        "self", "short", "signed", "static", "std", "struct", "super", "switch", "template", "test", "trait", "type",
        "typedef", "union", "unsafe", "unsigned", "use", "void", "volatile", "where", "while", "swift", "testing",
        "string", "array", "set", "sdk", "kit", "handler", "request", "response", "row", "note", "identity",
    ]

    /// The placeholders of the templates, each with what takes its place.
    var replacements: [(String, String)] {
        [("my-module", id), ("my_module", identifier), ("MyModule", type)]
    }

    /// The text with the name in place of the placeholders.
    func filled(_ text: String) -> String {
        replacements.reduce(text) {
            $0.split(separator: $1.0, omittingEmptySubsequences: false).joined(separator: $1.1)
        }
    }
}
