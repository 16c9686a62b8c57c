import GantryKitTesting
import Glibc

/// What a library could leave in its process just by being loaded.
struct ProcessTraces {
    private let threads = ProcessUse.threads.count
    private let descriptors = TestFile.names(in: "/proc/self/fd").count
    private let folder: String
    private let variables: Int
    private let handled: String

    init() {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        folder = getcwd(&buffer, buffer.count).map { String(cString: $0) } ?? ""
        var count = 0
        while environ[count] != nil { count += 1 }
        variables = count
        let status = (try? TestFile.text("/proc/self/status")) ?? ""
        handled = status.split(separator: "\n").filter { $0.hasPrefix("SigCgt") || $0.hasPrefix("SigIgn") }.joined()
    }

    /// What is another than before, in words; nil where nothing is.
    func difference(from before: ProcessTraces) -> String? {
        if threads != before.threads { return "leaves a thread" }
        if descriptors != before.descriptors { return "leaves a file descriptor open" }
        if folder != before.folder { return "changes the working folder" }
        if variables != before.variables { return "changes the environment" }
        if handled != before.handled { return "changes how signals are handled" }
        return nil
    }
}
