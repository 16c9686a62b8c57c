import GantryLoader
import GantryThreads

extension InstanceThreads {
    /// The threads of all tests, which end with the process.
    static let shared = InstanceThreads(
        short: ThreadPool(name: "short", threadCount: 2), blocking: ThreadPool(name: "blocking", threadCount: 4))
}
