import GantryThreads
import Glibc

/// What a host becomes when it has made room for a successor: a program that does nothing but wait until that serves,
/// and serves again itself if it never does.
///
/// The process starts its own program anew for this. With that all its threads end, also one that hangs in a module,
/// and the lock of the data folder is free.
enum Standby {
    private static let variable = "GANTRY_STANDBY_DESCRIPTOR"

    /// How the wait ended.
    enum Outcome {
        /// The process was not waiting for anybody.
        case none
        /// The successor serves, or this process was told to stop.
        case notNeeded
        /// The successor has ended before it served.
        case needed
    }

    /// Becomes that program. Returns only when the system refuses.
    static func begin(for successor: DescriptorChannel, keeping sockets: [Int32]) {
        setenv(variable, "\(successor.descriptor)", 1)
        setenv(ListeningSockets.ownVariable, sockets.map { "\($0)" }.joined(separator: ","), 1)
        for descriptor in sockets + [successor.descriptor] { _ = fcntl(descriptor, F_SETFD, 0) }
        execv("/proc/self/exe", CommandLine.unsafeArgv)
        for descriptor in sockets + [successor.descriptor] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }

    /// Waits where the process was started for that.
    static func wait(isCancelled: () -> Bool) -> Outcome {
        guard let descriptor = Int32(ListeningSockets.takeVariable(variable)) else { return .none }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let channel = DescriptorChannel(descriptor)
        let message = channel.receive(until: .never, isCancelled: isCancelled)
        return message?.text == Predecessor.ready || isCancelled() ? .notNeeded : .needed
    }
}
