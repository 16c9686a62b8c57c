import GantryCore
import GantryJSON
import GantryLoader
import GantryTelemetry
import Glibc

/// What the process said of its own end when it crashed, in the data folder: `crash.json` while it is being written,
/// and `last-crash.json` once a later start has told of it.
struct CrashFile: Sendable {
    /// The report, one JSON object.
    let json: [UInt8]
    /// The module that the thread was in; nil when it was in none.
    let module: String?
    /// In words for the operator.
    let text: String

    private static func path(_ folder: DataFolder) -> String { "\(folder.path)/crash.json" }
    private static func lastPath(_ folder: String) -> String { "\(folder)/last-crash.json" }

    /// Takes up what an earlier process left, tells of it, and begins to report for this one.
    static func begin(in folder: DataFolder, log: Log) {
        if let crash = read(path(folder)) {
            rename(path(folder), lastPath(folder.path))
            log.write(
                .error, "The process before this one has crashed.", scope: LogScope(module: crash.module),
                fields: [LogField("report", crash.text)])
        }
        CrashReport.begin(path: path(folder))
    }

    /// The last crash that is known; nil when there was none.
    static func last(in folder: DataFolder) -> CrashFile? { last(inFolder: folder.path) }

    static func last(inFolder path: String) -> CrashFile? {
        // One that no start has told of yet is the newer one.
        read("\(path)/crash.json") ?? read(lastPath(path))
    }

    private static func read(_ path: String) -> CrashFile? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = fread(&bytes, 1, bytes.count, file)
        bytes.removeSubrange(count...)
        while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard !bytes.isEmpty, let document = try? JSONDocument(bytes) else { return nil }
        return document.withRoot { root in
            guard root.kind == .object else { return nil }
            let names = ["signal", "module", "version", "tenant", "activity", "timestamp", "cause"]
            let texts = names.map { root[$0]?.string }
            var text = "\(texts[0] ?? "a signal")"
            if let module = texts[1] { text += " in `\(module)`\(texts[2].map { " \($0)" } ?? "")" }
            if let tenant = texts[3] { text += " for tenant `\(tenant)`" }
            if let activity = texts[4] { text += ", \(activity)" }
            if let cause = texts[6] { text += ": \(cause)" }
            if let time = texts[5] { text += ", at \(time)" }
            return CrashFile(json: bytes, module: texts[1], text: text)
        }
    }
}
