import Glibc

/// A process whose output is read through a pipe.
struct Child {
    let process: pid_t
    let output: Int32

    struct SpawnError: Error, CustomStringConvertible {
        let description: String
    }

    init(mode: String, path: String) throws {
        let executable = Self.crasher
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SpawnError(description: "no pipe") }
        // Another test's child must not hold the ends; the copy that this child gets is open in it.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var arguments = [strdup(executable), strdup(mode), strdup(path), nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let status = posix_spawn(&process, executable, &actions, nil, &arguments, environ)
        close(ends[1])
        guard status == 0 else {
            close(ends[0])
            throw SpawnError(description: "cannot start \(executable): \(String(cString: strerror(status)))")
        }
        self.process = process
        output = ends[0]
    }

    /// What it wrote until it had written so many lines and was killed: all whole lines.
    func linesUntilKilled(after lineCount: Int) -> [String] {
        var output: [UInt8] = []
        var count = 0
        while count < lineCount, let chunk = read() {
            output += chunk
            count += chunk.count { $0 == UInt8(ascii: "\n") }
        }
        Glibc.kill(process, SIGKILL)
        while let chunk = read() { output += chunk }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        close(self.output)
        // A last line without its end was never written in full.
        let whole = output.prefix((output.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
        return whole.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(output, &buffer, buffer.count)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// The executable lies beside the test binary.
    private static var crasher: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/StoreCrasher"
    }
}
