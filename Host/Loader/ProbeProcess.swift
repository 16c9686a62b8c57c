import Glibc

/// Runs `LibraryProbe` in a process of its own and judges what it tells.
struct ProbeProcess {
    /// Program and first arguments; the library's path and the names of what it needs are added.
    let command: [String]
    /// Time until the probe is killed.
    let patienceMilliseconds: Int

    /// What stands against loading the library, as sentences; nil when nothing does.
    func fault(path: String, needed: [String]) throws -> String? {
        let (process, output, channel) = try start([path] + needed)
        defer {
            close(output)
            close(channel)
        }
        let (printed, told, isInTime) = collect(output, channel)
        let status = end(process, isAtEnd: told.hasSuffix(LibraryProbe.end) || !isInTime)
        return judge(told: told, printed: printed, status: status, isInTime: isInTime && status != nil)
    }

    /// The process' status; nil when it had to be killed. Kills the processes that the module has left behind too.
    private func end(_ process: pid_t, isAtEnd: Bool) -> Int32? {
        var status: Int32 = 0
        let deadline = MonotonicClock.nanoseconds + Int64(patienceMilliseconds) * 1_000_000
        // Its channel is closed, so that its end is near; nothing tells when.
        while !isAtEnd, MonotonicClock.nanoseconds < deadline {
            if waitpid(process, &status, WNOHANG) == process {
                kill(-process, SIGKILL)
                return status
            }
            usleep(1000)
        }
        kill(-process, SIGKILL)
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return isAtEnd ? status : nil
    }

    private func judge(told: String, printed: String, status: Int32?, isInTime: Bool) -> String? {
        let lines = told.split(separator: "\n").map(String.init)
        let step = lines.last { $0.hasPrefix(LibraryProbe.step) }?.dropFirst(LibraryProbe.step.count) ?? "is probed"
        guard isInTime, let status else {
            return "It does not return within \(patienceMilliseconds / 1000) seconds when it \(step)."
        }
        var changes = lines.filter { $0.hasPrefix(LibraryProbe.change) }.map {
            String($0.dropFirst(LibraryProbe.change.count))
        }
        if !printed.isEmpty { changes.append("prints `\(printed.prefix(80))`") }
        if lines.last != LibraryProbe.end {
            let signal = status & 0x7f
            let how =
                signal == 0
                ? "with status \(status >> 8 & 0xff)"
                : "by signal \(signal) (\(strsignal(signal).map { String(cString: $0) } ?? ""))"
            return "It ends the process, \(how), when it \(step)."
        }
        guard !changes.isEmpty else { return nil }
        return "When it is loaded and entered, it \(changes.prefix(5).joined(separator: ", it ")). "
            + "Until it is created, a module must touch nothing outside itself."
    }

    /// Starts the program; gives its process, the end of its output, and the end of its channel.
    private func start(_ arguments: [String]) throws -> (pid_t, Int32, Int32) {
        guard let program = command.first else { throw Files.Failure(path: "", errorNumber: ENOENT) }
        let output = try Self.pipe(for: program)
        let channel: [Int32]
        do { channel = try Self.pipe(for: program) } catch {
            for end in output { close(end) }
            throw error
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The ends are moved up first, so that none of them is overwritten by another's place.
        let ends = [output[1], channel[1]].map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
        defer { for end in ends + [output[1], channel[1]] { close(end) } }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 2)
        posix_spawn_file_actions_adddup2(&actions, ends[1], LibraryProbe.channel)
        // A group of its own, so that all that it starts can be ended with it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var texts = (command + arguments).map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, program, &actions, &attributes, &texts, environ)
        guard failure == 0 else {
            close(output[0])
            close(channel[0])
            throw Files.Failure(path: program, errorNumber: failure)
        }
        return (process, output[0], channel[0])
    }

    private static func pipe(for program: String) throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw Files.Failure(path: program, errorNumber: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }

    /// Reads both until their ends, or until the time is over. A process that the module has left behind may hold them
    /// open: the probe's own word that it is at its end counts.
    private func collect(_ output: Int32, _ channel: Int32) -> (printed: String, told: String, isInTime: Bool) {
        let deadline = MonotonicClock.nanoseconds + Int64(patienceMilliseconds) * 1_000_000
        var polls = [output, channel].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var texts: [[UInt8]] = [[], []]
        let end = Array("\(LibraryProbe.end)\n".utf8)
        while polls[1].fd >= 0, !texts[1].suffix(end.count).elementsEqual(end) {
            let left = (deadline - MonotonicClock.nanoseconds) / 1_000_000
            guard left > 0 else { return (text(texts[0]), text(texts[1]), false) }
            _ = poll(&polls, 2, Int32(left))
            for index in polls.indices where polls[index].revents != 0 {
                if !read(polls[index].fd, into: &texts[index]) { polls[index].fd = -1 }
                polls[index].revents = 0
            }
        }
        // What it printed before its end is there by now.
        polls[0].revents = 0
        for _ in 0..<64 where polls[0].fd >= 0 {
            guard poll(&polls, 1, 0) > 0, read(polls[0].fd, into: &texts[0]) else { break }
        }
        return (text(texts[0]), text(texts[1]), true)
    }

    /// False at the end. Keeps no more than the beginning of what never ends.
    private func read(_ descriptor: Int32, into bytes: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count < 0 && errno == EINTR { return true }
        guard count > 0 else { return false }
        if bytes.count < 1 << 16 { bytes += chunk[..<count] }
        return true
    }

    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).trimmingNewlines
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
