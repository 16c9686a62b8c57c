import Foundation

/// Which publisher's files are read.
public enum SourceKind: String, CaseIterable, Sendable {
    /// Perth & Kinross Council, Scotland.
    case perth
    /// City of Boulder, Colorado.
    case boulder
}

/// A file of charging sessions, read and taken apart.
public struct SourceFile: Sendable {
    /// What became of each row, in the order of the file.
    public let rows: [RowOutcome]

    /// Reads a file; one that ends in `.gz` is unpacked by the system's gzip.
    ///
    /// - Parameter limit: Number of rows to take at most.
    public init(path: String, kind: SourceKind, limit: Int? = nil) throws {
        let bytes = path.hasSuffix(".gz") ? try Self.unpack(path) : [UInt8](try Data(contentsOf: URL(filePath: path)))
        try self.init(
            bytes: bytes, fileName: URL(filePath: path).lastPathComponent, kind: kind, limit: limit)
    }

    /// Takes a file's text apart.
    public init(bytes: [UInt8], fileName: String, kind: SourceKind, limit: Int? = nil) throws(ImportError) {
        let records = Array(CSVReader(bytes))
        guard let header = records.first?.fields else { throw ImportError("The file has no header.") }
        let all = Array(records.dropFirst())
        let format: any SessionFormat =
            switch kind {
            case .perth: try PerthFormat(header: header, rows: all, fileName: fileName)
            case .boulder: try BoulderFormat(header: header)
            }
        rows = all.prefix(limit ?? all.count).map { record in
            guard let fields = record.fields else { return .unreadable("the quotes do not pair up") }
            return format.read(fields)
        }
    }

    private static func unpack(_ path: String) throws -> [UInt8] {
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/usr/bin/gzip")
        gzip.arguments = ["-dc", "--", path]
        let output = Pipe()
        gzip.standardOutput = output
        try gzip.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        gzip.waitUntilExit()
        guard gzip.terminationStatus == 0 else { throw ImportError("gzip could not unpack \(path).") }
        return [UInt8](data)
    }
}
