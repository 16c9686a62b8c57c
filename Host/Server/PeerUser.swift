import Glibc
import NIOCore

/// Who is at the other end of a unix socket.
enum PeerUser {
    /// Laid out as the system's `ucred`.
    private struct Credentials {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    /// The user as the system noted it when the connection was made; nil on other sockets. Event loop only.
    static func number(of channel: any Channel) -> UInt32? {
        guard channel.remoteAddress?.ipAddress == nil else { return nil }
        let user = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) { descriptor in
            var credentials = Credentials()
            var length = socklen_t(MemoryLayout<Credentials>.size)
            let status = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length)
            return status == 0 ? credentials.user : nil
        }
        return user.flatMap { $0 }
    }
}
