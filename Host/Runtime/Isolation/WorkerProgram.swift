import Glibc

/// Where the program of workers lies: beside the host's own.
enum WorkerProgram {
    static let path: String = {
        guard let own = realpath("/proc/self/exe", nil) else { return "gantry-worker" }
        defer { free(own) }
        let path = String(cString: own)
        return (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + "gantry-worker"
    }()
}
