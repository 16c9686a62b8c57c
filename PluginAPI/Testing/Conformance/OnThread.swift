import GantryKitTesting
import Glibc

/// A value that one thread leaves for another, which waits for it to end.
///
/// `@unchecked Sendable`: the writer has ended when the reader reads.
final class Handover<Value>: @unchecked Sendable {
    var value: Value?
}

/// Runs closures on threads of their own, and waits for them.
enum OnThread {
    private final class Work: @unchecked Sendable {
        // Sendable: the new thread alone uses it until it has been joined.
        let body: () throws -> Void
        var error: (any Error)?

        init(_ body: @escaping () throws -> Void) { self.body = body }
    }

    static func run(_ body: () throws -> Void) throws {
        try withoutActuallyEscaping(body) { try finish([begin($0)]) }
    }

    static func runTogether(_ count: Int, _ body: (Int) throws -> Void) throws {
        try withoutActuallyEscaping(body) { body in
            try finish((0..<count).map { number in begin { try body(number) } })
        }
    }

    private static func begin(_ body: @escaping () throws -> Void) -> (pthread_t, Work) {
        let work = Work(body)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let work = Unmanaged<Work>.fromOpaque(context).takeUnretainedValue()
                do { try work.body() } catch { work.error = error }
                return nil
            }, Unmanaged.passUnretained(work).toOpaque())
        precondition(status == 0, "no thread")
        return (thread, work)
    }

    private static func finish(_ threads: [(pthread_t, Work)]) throws {
        for (thread, _) in threads { pthread_join(thread, nil) }
        for (_, work) in threads { if let error = work.error { throw error } }
    }
}

/// A copy of a file, gone with the value: the loader takes a library of another file for another one.
final class TemporaryCopy {
    let path: String

    init(of source: String) throws {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(folder)/module-XXXXXX".utf8CString)
        let target = mkstemp(&template)
        guard target >= 0 else { throw TestFailure("no temporary file: \(String(cString: strerror(errno)))") }
        defer { close(target) }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress.unsafelyUnwrapped) }
        let file = open(source, O_RDONLY)
        guard file >= 0 else { throw TestFailure("\(source): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { break }
            guard write(target, chunk, count) == count else { throw TestFailure("\(path): cannot be written") }
        }
        fchmod(target, 0o755)
    }

    deinit { unlink(path) }
}
