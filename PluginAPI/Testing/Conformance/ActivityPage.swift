import GantryKitTesting
import Glibc

/// A page that a check's process writes what it is about into, and that is read when the process is dead.
struct ActivityPage: ~Copyable {
    /// The file, gone from its folder; -1 when there is none.
    let descriptor: Int32
    private let page: UnsafeMutableRawPointer?

    init() {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(folder)/activity-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            page = nil
            return
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        ftruncate(descriptor, TestActivity.capacity)
        let mapped = mmap(nil, TestActivity.capacity, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        page = mapped == MAP_FAILED ? nil : mapped
    }

    deinit {
        if let page { munmap(page, TestActivity.capacity) }
        if descriptor >= 0 { close(descriptor) }
    }

    /// What was called last.
    var called: String { text(in: 0..<TestActivity.place) }
    /// What was found; empty for nothing.
    var found: String { text(in: TestActivity.place..<TestActivity.capacity) }

    /// What stands there. A module may have written over it: only what can be shown is.
    private func text(in range: Range<Int>) -> String {
        guard let page else { return "" }
        let bytes = UnsafeRawBufferPointer(start: page + range.lowerBound, count: range.count).prefix { $0 != 0 }
        let text = String(decoding: bytes, as: UTF8.self).unicodeScalars.filter { $0.value >= 32 || $0 == "\n" }
        return String(String.UnicodeScalarView(text))
    }
}
