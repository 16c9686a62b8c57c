import GantryThreads
import Glibc

/// The folder that holds everything a deployment keeps. It belongs to one process at a time.
///
///     host.db                         tenants, keys, enablement
///     lock                            held while a process uses the folder
///     admin.sock                      where a running host takes commands
///     takeover.sock                   where a running host is asked to make room for another
///     modules/<digest>.so             private copies of verified libraries
///     audit/                          where each chain of the audit log ends
///     tenants/<tenant>/<module>/      a module's database for one tenant
final class DataFolder: Sendable {
    let path: String
    private let lock: Int32

    var hostDatabasePath: String { "\(path)/host.db" }
    var modulesPath: String { "\(path)/modules" }

    /// Where a host that runs on the folder takes commands.
    ///
    /// The address of a socket has room for 107 bytes. A longer path is reached through the folder's descriptor, which
    /// then stays open for the life of the process.
    static func socketPath(_ folder: String) -> String { socketPath(folder, "admin.sock") }

    /// Where a host that runs on the folder is asked to make room for another.
    static func takeoverPath(_ folder: String) -> String { socketPath(folder, "takeover.sock") }

    private static func socketPath(_ folder: String, _ name: String) -> String {
        let path = "\(folder)/\(name)"
        guard path.utf8.count > 107 else { return path }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return descriptor < 0 ? path : "/proc/self/fd/\(descriptor)/\(name)"
    }

    /// Whether a process uses the folder at this moment.
    static func isLocked(_ folder: String) -> Bool {
        let descriptor = open("\(folder)/lock", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    /// Whether there is a folder at the path.
    static func exists(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes the folder when it is missing and takes its lock, waiting for it up to the given time, or until
    /// `isCancelled` says so. Throws `HostError`.
    init(path: String, waiting time: Duration = .zero, isCancelled: () -> Bool = { false }) throws {
        self.path = path
        try Self.makeFolder(path)
        let lockPath = "\(path)/lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw HostError(.dataFolder, "The data folder cannot be used. \(lockPath): \(Self.reason).")
        }
        guard Self.lock(descriptor, until: .after(time), isCancelled) else {
            close(descriptor)
            throw HostError(
                .locked,
                "Another process uses the data folder `\(path)` and takes no commands: a host that is starting or "
                    + "stopping, or a second one. Wait for it, stop it, or choose another folder.")
        }
        lock = descriptor
    }

    deinit { close(lock) }

    private static func lock(_ descriptor: Int32, until deadline: Deadline, _ isCancelled: () -> Bool) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if deadline.hasPassed || isCancelled() { return false }
            usleep(5_000)
        }
        return true
    }

    /// The folder of a module's database for a tenant; made when it is missing. Both ids were checked: they are names.
    func instancePath(tenant: String, module: String) throws -> String {
        for folder in ["\(path)/tenants", "\(path)/tenants/\(tenant)", "\(path)/tenants/\(tenant)/\(module)"] {
            try Self.makeFolder(folder)
        }
        return "\(path)/tenants/\(tenant)/\(module)"
    }

    /// Where the database of an instance lies, whether or not it exists yet.
    func databasePath(tenant: String, module: String) -> String {
        "\(path)/tenants/\(tenant)/\(module)/module.db"
    }

    private static func makeFolder(_ path: String) throws {
        var partial = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            partial += partial.isEmpty || partial.hasSuffix("/") ? part : "/" + part
            if mkdir(partial, 0o700) != 0 && errno != EEXIST {
                throw HostError(.dataFolder, "The folder cannot be made. \(partial): \(reason).")
            }
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
