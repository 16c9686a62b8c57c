import GantryCryptography
import GantryIdentity
import GantryJSON
import Glibc

/// An export of a chain: its head on the first line, then its entries, one on each line. It is verified without a host.
public enum AuditFile {
    /// Checks an export and gives what was found as JSON, like the administration does. Throws `AdministrationError`
    /// when the file cannot be read.
    /// - Parameter keyFile: The operator's key file, to look at the seal; nil to leave that out.
    public static func verify(_ path: String, keyFile: String?) throws -> String {
        let key: AuditKey?
        do { key = try keyFile.map { AuditKey(from: try SecretKeyFile.key($0, mayMake: false)) } } catch {
            throw AdministrationError(code: "invalid", message: "\(error)")
        }
        let stream = path == "-" ? fdopen(dup(0), "r") : fopen(path, "re")
        guard let stream else {
            throw AdministrationError(
                code: "invalid", message: "The file `\(path)` cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { fclose(stream) }
        var lines = Lines(stream: stream)
        guard let first = lines.next(), let head = head(first) else {
            throw AdministrationError(
                code: "invalid", message: "`\(path)` is no export of an audit log: its first line holds no head.")
        }
        var verifier = AuditVerifier(chain: head.chain, head: head, key: key)
        var unreadable = 0
        while let line = lines.next() {
            if let entry = entry(line) { verifier.take(entry) } else { unreadable += 1 }
        }
        verifier.finish()
        let isSealed = key != nil
        return Administration.object { writer in
            writer.key("intact")
            writer.bool(verifier.findingCount == 0 && unreadable == 0)
            writer.key("chains")
            writer.int(1)
            writer.key("entries")
            writer.int(verifier.entryCount)
            writer.key("sealed")
            writer.bool(isSealed)
            writer.key("unreadable_lines")
            writer.int(unreadable)
            writer.key("finding_count")
            writer.int(verifier.findingCount)
            writer.key("findings")
            Administration.array(verifier.findings, into: &writer) { finding, writer in finding.write(into: &writer) }
        }
    }

    /// Writes the chain of a tenant, or the deployment's own, as lines. Throws `AdministrationError`.
    /// - Parameters:
    ///   - page: Carries out `audit.list`.
    ///   - emit: Takes each line.
    public static func export(
        tenant: String?, page: ([String: String]) throws -> String, emit: (String) throws -> Void
    ) throws {
        var (end, last): (Int64, Int64?) = (0, nil)
        repeat {
            var arguments = ["limit": "1000", "after": "\(last ?? 0)"]
            arguments["tenant"] = tenant
            let document = try JSONDocument(Array(page(arguments).utf8))
            let isOver = try document.withRoot { root in
                guard let head = root["head"].flatMap({ AuditHead($0) }), let items = root["items"] else { return true }
                if last == nil {
                    // What comes after this moment is left to the next export.
                    end = head.sequence
                    try emit(line("head") { head.write(into: &$0) })
                }
                let known = last
                for item in items.elements {
                    guard let entry = AuditEntry(item), entry.sequence <= end else { continue }
                    try emit(line(nil) { entry.write(into: &$0) })
                    last = entry.sequence
                }
                return last == known
            }
            if isOver { break }
        } while last ?? 0 < end
    }

    private static func line(_ name: StaticString?, _ write: (inout JSONWriter) -> Void) -> String {
        Administration.object { writer in
            if let name {
                writer.key(name)
                writer.beginObject()
            }
            write(&writer)
            if name != nil { writer.endObject() }
        }
    }

    private static func head(_ line: [UInt8]) -> AuditHead? {
        (try? JSONDocument(line))?.withRoot { root in root["head"].flatMap { AuditHead($0) } }
    }

    private static func entry(_ line: [UInt8]) -> AuditEntry? {
        (try? JSONDocument(line))?.withRoot { AuditEntry($0) }
    }

    /// The lines of a file, without those that hold nothing.
    private struct Lines {
        let stream: UnsafeMutablePointer<FILE>

        mutating func next() -> [UInt8]? {
            var line: UnsafeMutablePointer<CChar>?
            var capacity = 0
            defer { free(line) }
            while true {
                let count = getline(&line, &capacity, stream)
                guard count > 0, let line else { return nil }
                let bytes = UnsafeRawBufferPointer(start: line, count: count)
                if bytes.contains(where: { $0 > 0x20 }) { return Array(bytes) }
            }
        }
    }
}
