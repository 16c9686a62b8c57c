import GantryServer
import GantryThreads
import Glibc

/// The host that runs on a data folder, as the one that is about to take its place sees it.
///
/// The two speak over a socket in the folder. The new one asks for the sockets; until it asks the old one to leave, it
/// can go away without a trace. Then the old one ends as if it were stopped, and waits, as a program that only waits,
/// until the new one says that it serves. If that ends before it has said so, the old one starts again.
final class Predecessor {
    static let greeting = "gantry takeover 1"
    static let leave = "leave"
    static let ready = "ready"
    /// How long a host that is just starting or stopping is waited for.
    private static let patience = Duration.seconds(10)
    /// Looks in a row at which nobody may use the folder; while it changes hands it belongs to nobody for a moment.
    private static let looks = 75

    private let channel: DescriptorChannel
    /// The process, for the log.
    let process: Int32

    private init(_ channel: DescriptorChannel) {
        self.channel = channel
        process = channel.peer?.process ?? 0
    }

    /// The host that runs on the folder with its sockets; nil when none does.
    static func find(dataFolder: String, isCancelled: () -> Bool) throws -> (Predecessor, sockets: [Int32])? {
        let (deadline, path) = (Deadline.after(patience), DataFolder.takeoverPath(dataFolder))
        var freeLooks = 0
        while !isCancelled() {
            if let channel = DescriptorChannel.connect(to: path) {
                let predecessor = Predecessor(channel)
                if channel.send(greeting), let message = channel.receive(until: deadline, isCancelled: isCancelled) {
                    guard message.text == greeting else {
                        throw HostError(.locked, "The running host cannot be replaced by this one: \(message.text).")
                    }
                    return (predecessor, message.descriptors)
                }
            } else if DataFolder.isLocked(dataFolder) {
                freeLooks = 0
            } else {
                freeLooks += 1
                if freeLooks == looks || !DataFolder.exists(dataFolder) { return nil }
            }
            if deadline.hasPassed {
                throw HostError(
                    .locked,
                    "The process that uses the data folder `\(dataFolder)` does not answer. It may be starting, "
                        + "stopping, or no host.")
            }
            usleep(20_000)
        }
        return nil
    }

    /// Asks it to leave. It ends after that, or is gone already.
    func askToLeave() { _ = channel.send(Self.leave) }

    /// Tells it that it is not needed any more.
    func tellReady() { _ = channel.send(Self.ready) }
}
