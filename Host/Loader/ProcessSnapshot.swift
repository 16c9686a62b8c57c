import Glibc

/// What of a process the code of a library can change behind the host's back, as far as it can be seen: read before
/// and after the library was loaded and entered. Memory and files that were written are not seen.
struct ProcessSnapshot {
    private var threads = 0
    private var children = 0
    private var descriptors: [String: String] = [:]
    private var handlers: [UInt] = []
    private var blockedSignals = ""
    private var environment: [String: String] = [:]
    private var folder = ""
    private var locale = ""
    private var rounding: Int32 = 0
    private var limits: [[UInt]] = []
    private var timers: [Int] = []
    /// Lines of `/proc/self/status`: identities, capabilities, umask.
    private var status: [String: String] = [:]

    private static let statusNames: Set<String> = [
        "Umask", "Uid", "Gid", "Groups", "CapEff", "CapPrm", "NoNewPrivs", "Seccomp", "SigBlk",
    ]
    private static let signals: ClosedRange<Int32> = 1...64

    /// Takes the snapshot of this process.
    init() {
        threads = Self.names(in: "/proc/self/task").count
        children = Self.names(in: "/proc/self/task").reduce(0) { count, task in
            count + Self.words("/proc/self/task/\(task)/children").count
        }
        for name in Self.names(in: "/proc/self/fd") {
            if let target = Self.link("/proc/self/fd/\(name)") { descriptors[name] = target }
        }
        handlers = Self.signals.map { signal in
            var action = sigaction()
            guard sigaction(signal, nil, &action) == 0 else { return 0 }
            return UInt(bitPattern: unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self))
        }
        var variable = environ
        while let text = variable.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1)
            if let name = parts.first { environment[String(name)] = parts.count > 1 ? String(parts[1]) : "" }
            variable += 1
        }
        folder = Self.link("/proc/self/cwd") ?? ""
        locale = setlocale(LC_ALL, nil).map { String(cString: $0) } ?? ""
        rounding = fegetround()
        limits = (0..<16).map { resource in
            var limit = rlimit()
            _ = getrlimit(__rlimit_resource_t(UInt32(resource)), &limit)
            return [UInt(limit.rlim_cur), UInt(limit.rlim_max)]
        }
        timers = [ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF].map { kind in
            var timer = itimerval()
            getitimer(__itimer_which_t(kind.rawValue), &timer)
            return timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0 ? 1 : 0
        }
        for line in Self.lines("/proc/self/status") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if let name = parts.first, Self.statusNames.contains(String(name)), let value = parts.last {
                status[String(name)] = value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
        }
    }

    /// What is otherwise in `later`, each as a phrase that completes "it …".
    func changes(to later: ProcessSnapshot) -> [String] {
        var changes: [String] = []
        if later.threads > threads { changes.append("leaves \(later.threads - threads) thread(s) running") }
        if later.children > children { changes.append("leaves \(later.children - children) process(es) running") }
        for (number, target) in later.descriptors.sorted(by: { $0.key < $1.key }) where descriptors[number] != target {
            changes.append("opens file descriptor \(number) (\(target))")
        }
        for number in descriptors.keys.sorted() where later.descriptors[number] == nil {
            changes.append("closes file descriptor \(number)")
        }
        for (signal, (old, new)) in zip(Self.signals, zip(handlers, later.handlers)) where old != new {
            let name = strsignal(signal).map { String(cString: $0) } ?? ""
            changes.append("changes what signal \(signal) (\(name)) does")
        }
        let names = Set(environment.keys).union(later.environment.keys).sorted()
        for name in names where environment[name] != later.environment[name] {
            changes.append("changes the environment variable `\(name)`")
        }
        if folder != later.folder { changes.append("changes the working folder to \(later.folder)") }
        if locale != later.locale { changes.append("changes the locale to \(later.locale)") }
        if rounding != later.rounding { changes.append("changes how numbers are rounded") }
        if limits != later.limits { changes.append("changes the limits of the process") }
        if timers != later.timers { changes.append("sets a timer of the process") }
        for (name, value) in later.status.sorted(by: { $0.key < $1.key }) where status[name] != value {
            changes.append("changes \(name) of the process to \(value)")
        }
        return changes
    }

    private static func names(in folder: String) -> [String] {
        // The folder's own descriptor is among those of /proc/self/fd; its link is gone once it is closed.
        Files.names(in: folder)
    }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Lines of a file of the kernel's, of which none is long.
    static func lines(_ path: String) -> [String] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var lines: [String] = []
        var buffer = [CChar](repeating: 0, count: 4096)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            let bytes = buffer.prefix { $0 != 0 && $0 != 10 }
            lines.append(String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return lines
    }

    private static func words(_ path: String) -> [Substring] {
        lines(path).flatMap { $0.split(separator: " ") }
    }
}
