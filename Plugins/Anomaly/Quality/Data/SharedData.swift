import Foundation
public import SessionImport

/// The folder with real recordings, where there is one.
public struct SharedData: Sendable {
    private let folder: URL

    /// Nil when the folder is not there.
    public init?(_ path: String) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return nil
        }
        folder = URL(filePath: path)
    }

    /// The sessions of one publisher's files, in the order of the files and their rows; none when there are no files.
    public func sessions(_ kind: SourceKind) throws -> [ChargingRecord] {
        try files(kind.rawValue, suffix: ".csv.gz").flatMap { path in
            try SourceFile(path: path, kind: kind).rows.compactMap { row in
                if case .session(let record) = row { record } else { nil }
            }
        }
    }

    /// Paths of the files in a folder that end so, in alphabetical order.
    func files(_ name: String, suffix: String) -> [String] {
        let place = folder.appending(path: name)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { place.appending(path: $0).path }
    }
}
