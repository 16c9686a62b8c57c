import GantryThreads
import Glibc

/// Lets another process take this host's place: gives it the sockets, and says when it wants this one to leave.
final class Succession: Sendable {
    private let listener: Int32
    private let descriptors: [Int32]

    /// Begins to wait for successors. Throws `HostError` when the folder gives no socket.
    /// - Parameters:
    ///   - descriptors: what a successor gets; they stay open as long as the process lives.
    ///   - onLeave: called once, on a thread of the succession, with the channel to the successor.
    init(
        dataFolder: String, descriptors: [Int32], onLeave: @escaping @Sendable (DescriptorChannel) -> Void
    ) throws {
        let path = DataFolder.takeoverPath(dataFolder)
        guard let listener = DescriptorChannel.listen(at: path) else {
            throw HostError(.dataFolder, "\(path): no socket can be made: \(String(cString: strerror(errno))).")
        }
        self.listener = listener
        self.descriptors = descriptors
        DetachedThread.start { self.run(onLeave) }
    }

    private func run(_ onLeave: @Sendable (DescriptorChannel) -> Void) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else {
                if errno == EBADF || errno == EINVAL { return }
                usleep(10_000)
                continue
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            let channel = DescriptorChannel(connection)
            guard channel.peer?.user == getuid(), serve(channel) else { continue }
            return onLeave(channel)
        }
    }

    /// One after the other; whoever asks and then does not go on loses his turn.
    private func serve(_ channel: DescriptorChannel) -> Bool {
        let deadline = Deadline.after(.seconds(10))
        guard let greeting = channel.receive(until: deadline, isCancelled: { false }) else { return false }
        guard greeting.text == Predecessor.greeting else {
            _ = channel.send("it speaks \(Predecessor.greeting)")
            return false
        }
        guard channel.send(Predecessor.greeting, descriptors: descriptors) else { return false }
        return channel.receive(until: .after(.seconds(60)), isCancelled: { false })?.text == Predecessor.leave
    }
}
