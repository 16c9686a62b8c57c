import GantryCryptography
import GantryLoader
import GantryServer
import GantryThreads
import Glibc

/// The pages `/docs` and `/redoc` with the files that they load, from a folder that an installation may leave out. They
/// are read when they are first asked for and kept. Any thread.
final class DocumentPages: Sendable {
    /// What the folder holds, under the names that they are asked for.
    struct Content: Sendable {
        var explorer: PreparedBody
        var reader: PreparedBody
        var files: [String: PreparedBody]
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml", "txt": "text/plain; charset=utf-8",
    ]
    /// What stands in the pages for the folder of the files, whose name changes with them.
    private static let placeholder = "{assets}"

    private let folder: String
    private let content = AtomicallyMade<Content>()

    /// - Parameter folder: Nil for the one beside the executable.
    init(folder: String?) {
        self.folder = folder ?? Self.folderBesideExecutable
    }

    private static var folderBesideExecutable: String {
        guard let path = realpath("/proc/self/exe", nil) else { return "gantry-pages" }
        defer { free(path) }
        let executable = String(cString: path)
        return executable.prefix(through: executable.lastIndex(of: "/") ?? executable.startIndex) + "gantry-pages"
    }

    /// The pages; nil when the installation has none. Reads the folder when it is first called.
    func load(_ compression: Compression) -> Content? {
        content.value { read(compression) }
    }

    /// The pages, if they were read before.
    var loaded: Content? { content.known }

    private func read(_ compression: Compression) -> Content? {
        var bytes: [String: [UInt8]] = [:]
        for name in Self.names(in: folder) { bytes[name] = Self.read("\(folder)/\(name)") }
        guard let explorer = bytes["explorer.html"], let reader = bytes["reader.html"] else { return nil }
        let digests = bytes.keys.sorted().map { "\($0) \(Cryptography.sha256(bytes[$0] ?? []).hexadecimal)\n" }
        let version = String(Cryptography.sha256(digests.joined()).hexadecimal.prefix(16))
        var files: [String: PreparedBody] = [:]
        for (name, content) in bytes {
            guard let type = Self.type(name) else { continue }
            files["\(version)/\(name)"] = PreparedBody(
                content, contentType: type,
                headers: [
                    ReplyField(name: "Cache-Control", value: "public, max-age=31536000, immutable"),
                    ReplyField(name: "X-Content-Type-Options", value: "nosniff"),
                ], compression: compression)
        }
        let place = HostRoutes.pageFiles + version
        return Content(
            explorer: Self.page(explorer, place, compression), reader: Self.page(reader, place, compression),
            files: files)
    }

    private static func page(_ template: [UInt8], _ place: String, _ compression: Compression) -> PreparedBody {
        let text = String(decoding: template, as: UTF8.self).replacing(placeholder, with: place)
        return PreparedBody(
            Array(text.utf8), contentType: "text/html; charset=utf-8",
            headers: [
                ReplyField(name: "Cache-Control", value: "no-cache"),
                ReplyField(name: "Content-Security-Policy", value: AnswerFields.contentSecurityPolicy),
                ReplyField(name: "X-Frame-Options", value: "DENY"),
                ReplyField(name: "X-Content-Type-Options", value: "nosniff"),
                ReplyField(name: "Referrer-Policy", value: "no-referrer"),
            ], compression: compression)
    }

    private static func type(_ name: String) -> String? {
        name.lastIndex(of: ".").flatMap { types[String(name[name.index(after: $0)...])] }
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
}

/// A value that is made once, by whoever asks first, while others who ask wait. A failure is made again.
final class AtomicallyMade<Value: Sendable>: Sendable {
    private let state = Lock<Value?>(nil)

    /// The value, if it was made.
    var known: Value? { state.withLock { $0 } }

    func value(_ make: () -> Value?) -> Value? {
        state.withLock { state in
            if state == nil { state = make() }
            return state
        }
    }
}
