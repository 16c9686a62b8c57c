import GantryKitTesting
import Glibc

/// Memory that nothing leads to any more, as LeakSanitizer finds it in this process.
enum SanitizerLeaks {
    /// Throws a fault for what `library` has allocated and lost. Does nothing without the sanitizer's runtime.
    static func judge(_ library: String) throws {
        guard let function = dlsym(nil, "__lsan_do_recoverable_leak_check") else { return }
        typealias LeakCheck = @convention(c) () -> Int32
        let text = try said { _ = unsafeBitCast(function, to: LeakCheck.self)() }
        let own = leaks(in: text, of: library)
        guard !own.isEmpty else { return }
        let most = own.prefix(5).joined(separator: "\n")
        throw Fault(
            "\(own.count) \(own.count == 1 ? "place loses" : "places lose") memory; free what it allocates:\n\(most)")
    }

    /// The parts of a report that name the library: what was lost, and where it was allocated.
    static func leaks(in report: String, of library: String) -> [String] {
        let lines = report.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.split { $0.isEmpty }.compactMap { part in
            guard let head = part.first, head.hasPrefix("Direct leak of ") else { return nil }
            // What the runtime's own functions did on the library's behalf is named with them.
            let frames = part.dropFirst()
            guard frames.prefix(12).contains(where: { $0.contains(library) }) else { return nil }
            return ([head] + frames.filter { $0.contains(library) }.prefix(6)).joined(separator: "\n")
        }
    }

    /// What `body` writes to standard error.
    private static func said(_ body: () -> Void) throws -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(folder)/leaks-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw TestFailure("no temporary file: \(String(cString: strerror(errno)))") }
        defer { close(file) }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        defer { unlink(path) }
        let former = dup(STDERR_FILENO)
        dup2(file, STDERR_FILENO)
        body()
        dup2(former, STDERR_FILENO)
        close(former)
        return try TestFile.text(path)
    }
}
