import GantryThreads
import Glibc

/// Several commands on one data folder, one after the other: on the host that runs there, or on the folder itself,
/// which is then held until the session ends, so that nobody comes in between.
public final class AdministrationSession {
    private let dataFolder: String
    private let client: AdministrationClient
    private var own: Administration?
    /// A folder that does not exist yet is planned for as an empty one, which goes with the session.
    private var stand: StandInFolder?

    /// What is done when the folder does not exist.
    public enum MissingFolder: Sendable {
        case refuse
        case make
        /// It is treated as empty, and nothing is made.
        case imagine
    }

    /// A session on a folder.
    public init(dataFolder: String, missing: MissingFolder) throws(AdministrationError) {
        switch missing {
        case _ where DataFolder.exists(dataFolder), .make:
            self.dataFolder = dataFolder
        case .imagine:
            let stand = try StandInFolder()
            self.stand = stand
            self.dataFolder = stand.path
        case .refuse:
            throw AdministrationError.noDataFolder(dataFolder)
        }
        client = AdministrationClient(socketPath: DataFolder.socketPath(self.dataFolder))
    }

    /// Carries out a command and gives its answer as JSON. Throws `AdministrationError`.
    public func perform(_ command: String, _ arguments: [String: String]) throws -> String {
        let deadline = Deadline.after(.seconds(10))
        do {
            while true {
                if let own { return try own.perform(command, arguments) }
                if let answer = try client.perform(command, arguments) { return answer }
                do { own = try Administration.offline(DataFolder(path: dataFolder)) } catch let error as HostError {
                    // A host that starts or stops takes commands, or lets go, in a moment.
                    guard error.code == .locked, !deadline.hasPassed else { throw error }
                    usleep(20_000)
                }
            }
        } catch let error as HostError {
            throw AdministrationError(code: error.code.rawValue, message: error.message)
        }
    }

    deinit { own?.directory.close() }
}

/// An empty folder that is gone with the object.
private final class StandInFolder {
    let path: String

    init() throws(AdministrationError) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(base)/gantry-plan-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw AdministrationError(
                code: "failed",
                message: "No temporary folder can be made in \(base): \(String(cString: strerror(errno))).")
        }
        path = String(cString: made)
    }

    deinit {
        for name in ["host.db", "host.db-wal", "host.db-shm", "lock", "secret.key"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
