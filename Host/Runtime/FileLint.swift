import GantryCore
import GantryJSON
import GantryStore

/// What `gantry bundle lint` finds in files of SQL and in contracts.
public struct FileLint {
    fileprivate struct Finding {
        let rule: String
        let severity: SQLFinding.Severity
        let file: String
        let line: Int?
        let column: Int?
        /// JSON pointer, in a contract.
        let pointer: String?
        let message: String
        let advice: String?
        let text: String
    }

    /// One line for each finding, in the order of the files.
    public let text: String
    /// The findings as a JSON object.
    public let json: String
    /// Whether an engine refuses something, or the engines differ, or a contract would not be served.
    public let hasErrors: Bool

    /// Looks at files in their order. One that ends in `.yaml`, `.yml` or `.json` is a contract; of SQL, one that ends
    /// in `.sqlite.sql` or `.postgresql.sql` is held against that engine's rules alone. Throws when one cannot be read.
    public init(files: [String]) throws {
        var linter = SQLLinter()
        var findings: [Finding] = []
        for file in files {
            if [".yaml", ".yml", ".json"].contains(where: file.hasSuffix) {
                findings += try Self.findings(inContract: file)
                continue
            }
            let engine = MigrationEngine.allCases.first { file.hasSuffix(".\($0.rawValue).sql") } ?? .common
            let before = linter.findings.count
            linter.lint(try MigrationFolder.bytes(of: file), file: file, engine: engine)
            findings += linter.findings[before...].map { Finding($0) }
        }
        hasErrors = findings.contains { $0.severity == .error }
        text = findings.isEmpty ? "Nothing found." : findings.map(\.text).joined(separator: "\n")
        json = Self.json(findings)
    }

    /// The first thing in a contract that would not be checked, or that keeps it from being read.
    private static func findings(inContract file: String) throws -> [Finding] {
        do {
            _ = try ContractReader.contract(file: file)
            return []
        } catch let error as ConfigurationError {
            return [
                Finding(
                    rule: "contract", severity: .error, file: error.file, line: error.line, column: nil,
                    pointer: error.field, message: error.message, advice: nil, text: error.description)
            ]
        }
    }

    private static func json(_ findings: [Finding]) -> String {
        Administration.object { writer in
            writer.key("findings")
            Administration.array(findings, into: &writer) { finding, writer in
                writer.key("rule")
                writer.string(finding.rule)
                writer.key("severity")
                writer.string(finding.severity.rawValue)
                writer.key("file")
                writer.string(finding.file)
                writer.key("line")
                writer.int(finding.line.map(Int64.init))
                writer.key("column")
                writer.int(finding.column.map(Int64.init))
                writer.key("pointer")
                writer.string(finding.pointer)
                writer.key("message")
                writer.string(finding.message)
                writer.key("advice")
                writer.string(finding.advice)
            }
        }
    }
}

extension FileLint.Finding {
    fileprivate init(_ finding: SQLFinding) {
        self.init(
            rule: finding.rule, severity: finding.severity, file: finding.file, line: finding.line,
            column: finding.column, pointer: nil, message: finding.message, advice: finding.advice,
            text: finding.description)
    }
}
