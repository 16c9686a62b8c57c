import GantryJSON
import GantryStore

/// What `gantry bundle lint` finds in files of SQL.
public struct SQLLint {
    /// One line for each finding, in the order of the files.
    public let text: String
    /// The findings as a JSON object.
    public let json: String
    /// Whether an engine refuses something, or the engines differ.
    public let hasErrors: Bool

    /// Looks at files in their order. One that ends in `.sqlite.sql` or `.postgresql.sql` is held against that engine's
    /// rules alone. Throws `StoreError` when one cannot be read.
    public init(files: [String]) throws {
        var linter = SQLLinter()
        for file in files {
            let engine = MigrationEngine.allCases.first { file.hasSuffix(".\($0.rawValue).sql") } ?? .common
            linter.lint(try MigrationFolder.bytes(of: file), file: file, engine: engine)
        }
        let findings = linter.findings
        hasErrors = findings.contains { $0.severity == .error }
        text = findings.isEmpty ? "Nothing found." : findings.map(\.description).joined(separator: "\n")
        json = Administration.object { writer in
            writer.key("findings")
            Administration.array(findings, into: &writer) { finding, writer in
                writer.key("rule")
                writer.string(finding.rule)
                writer.key("severity")
                writer.string(finding.severity.rawValue)
                writer.key("file")
                writer.string(finding.file)
                writer.key("line")
                writer.int(finding.line)
                writer.key("column")
                writer.int(finding.column)
                writer.key("message")
                writer.string(finding.message)
                writer.key("advice")
                writer.string(finding.advice)
            }
        }
    }
}
