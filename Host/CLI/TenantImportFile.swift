import GantryJSON
import GantryRuntime
import Glibc

/// A file with a tenant on each line, handed to the administration part by part.
struct TenantImportFile {
    let path: String
    let keysPath: String?

    /// A command has at most a mebibyte, and what is handed over grows when it is written as JSON.
    private static let partBytes = 200_000

    /// Imports the file and says how many tenants were made. Throws `CommandFailure`.
    func perform(_ options: DataOptions) throws {
        guard let file = fopen(path, "r") else { throw Self.failure(path) }
        defer { fclose(file) }
        var keys: UnsafeMutablePointer<FILE>?
        if let keysPath {
            // Keys are secrets: for the owner alone, and never over what is there.
            let descriptor = open(keysPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            keys = descriptor < 0 ? nil : fdopen(descriptor, "a")
            guard keys != nil else { throw Self.failure(keysPath) }
        }
        defer { if let keys { fclose(keys) } }
        var total = (created: 0, existing: 0)
        var (part, lineCount, firstLine) = ("", 0, 1)
        while let line = Self.line(of: file) {
            part += line
            lineCount += 1
            guard part.utf8.count >= Self.partBytes else { continue }
            try send(part, firstLine, options, keys, &total)
            (part, firstLine) = ("", lineCount + 1)
        }
        if !part.isEmpty { try send(part, firstLine, options, keys, &total) }
        if options.json {
            print(#"{"created":\#(total.created),"existing":\#(total.existing)}"#)
        } else {
            print("\(total.created) tenants created, \(total.existing) existed already")
        }
    }

    private func send(
        _ part: String, _ firstLine: Int, _ options: DataOptions, _ keys: UnsafeMutablePointer<FILE>?,
        _ total: inout (created: Int, existing: Int)
    ) throws {
        let arguments = ["lines": part, "first_line": "\(firstLine)", "keys": "\(keys != nil)"]
        let answer: String
        do {
            answer = try Administrator.perform("tenant.import", arguments, dataFolder: options.data)
        } catch let error as AdministrationError {
            throw CommandFailure(
                "\(error.description) Before line \(firstLine) \(total.created) tenants were created.")
        }
        let document = try JSONDocument(Array(answer.utf8))
        document.withRoot { root in
            total.created += Self.count(root["created"])
            total.existing += Self.count(root["existing"])
            guard let issued = root["keys"] else { return }
            for entry in issued.elements { fputs(String(decoding: entry.jsonBytes, as: UTF8.self) + "\n", keys) }
        }
        if let keys, fflush(keys) != 0 { throw Self.failure(keysPath ?? "") }
    }

    private static func count(_ value: JSONValue?) -> Int {
        value.flatMap { Int(String(decoding: $0.rawBytes, as: UTF8.self)) } ?? 0
    }

    private static func line(of file: UnsafeMutablePointer<FILE>) -> String? {
        var bytes: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(bytes) }
        let count = getline(&bytes, &capacity, file)
        guard count > 0, let bytes else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure("\(path): \(String(cString: strerror(errno)))")
    }
}
