import Glibc

/// Watches a project's folder for changes of its sources, by inotify. One thread.
///
/// What builds make is left out (folders whose names begin with a dot, and `build`), and so is what editors put beside
/// a file for a moment.
public final class SourceWatch {
    private let root: String
    private let descriptor: Int32
    /// The watched folders by inotify's number.
    private var folders: [Int32: String] = [:]

    /// Begins to watch. Throws `AuthoringError`.
    public init(_ root: String) throws(AuthoringError) {
        self.root = root
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else {
            throw AuthoringError(.unreadable, "Files cannot be watched: \(String(cString: strerror(errno))).")
        }
        watch(root)
        guard !folders.isEmpty else { throw AuthoringError(.unreadable, "\(root) cannot be watched.") }
    }

    deinit { close(descriptor) }

    /// Waits for changes and then until none has come for `quietMilliseconds`: an editor, a formatter or a checkout
    /// writes several files.
    /// - Parameters:
    ///   - quietMilliseconds: How long nothing must have changed.
    ///   - also: Descriptors whose readiness ends the wait.
    /// - Returns: The paths that changed, seen from the folder, sorted; empty when one of `also` ended the wait.
    public func changes(quietMilliseconds: Int32 = 120, also others: [Int32]) -> [String] {
        var changed: Set<String> = []
        while true {
            var polls = ([descriptor] + others).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let count = poll(&polls, nfds_t(polls.count), changed.isEmpty ? -1 : quietMilliseconds)
            if count < 0 && errno == EINTR { continue }
            if polls.dropFirst().contains(where: { $0.revents != 0 }) { return [] }
            if count == 0 { return changed.sorted() }
            changed.formUnion(readEvents())
        }
    }

    /// Takes what has happened, without waiting.
    private func readEvents() -> Set<String> {
        var changed: Set<String> = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
            buffer.withUnsafeBytes { bytes in
                var position = 0
                while position + MemoryLayout<inotify_event>.size <= count {
                    let event = bytes.loadUnaligned(fromByteOffset: position, as: inotify_event.self)
                    let start = position + MemoryLayout<inotify_event>.size
                    let name = bytes[start..<start + Int(event.len)].prefix { $0 != 0 }
                    note(event, String(decoding: name, as: UTF8.self), &changed)
                    position = start + Int(event.len)
                }
            }
        }
        return changed
    }

    private func note(_ event: inotify_event, _ name: String, _ changed: inout Set<String>) {
        if event.mask & UInt32(IN_IGNORED) != 0 {
            folders[event.wd] = nil
            return
        }
        guard let folder = folders[event.wd], !name.isEmpty, !Self.isPassing(name) else { return }
        let path = "\(folder)/\(name)"
        if event.mask & UInt32(IN_ISDIR) != 0 {
            // What was put into it before it was watched is new as well.
            for file in watch(path) { changed.insert(seen(file)) }
        } else {
            changed.insert(seen(path))
        }
    }

    /// Watches the folder and those below it; gives the files in them.
    @discardableResult
    private func watch(_ folder: String) -> [String] {
        let mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR
        let number = inotify_add_watch(descriptor, folder, UInt32(mask))
        guard number >= 0 else { return [] }
        folders[number] = folder
        return AuthorFiles.names(in: folder).filter { !Self.isPassing($0) }.flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return AuthorFiles.isFolder(path) ? watch(path) : [path]
        }
    }

    private func seen(_ path: String) -> String { String(path.dropFirst(root.utf8.count + 1)) }

    /// Whether the file or folder is made by tools and comes and goes.
    static func isPassing(_ name: String) -> Bool {
        name.hasPrefix(".") || name == "build" || name.hasSuffix("~") || name.hasSuffix(".tmp")
            || name.hasSuffix(".swp") || (!name.isEmpty && name.allSatisfy(\.isNumber))
    }
}
