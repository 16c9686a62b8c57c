import GantryThreads
import Glibc

/// A connection between two hosts on one machine that carries short texts and, with them, open descriptors.
final class DescriptorChannel: Sendable {
    /// One text with the descriptors that came with it, which belong to whoever receives it.
    struct Message {
        var text: String
        var descriptors: [Int32]
    }

    private static let maximumText = 4096
    /// What the kernel carries at once.
    private static let maximumDescriptors = 253
    private static let headerSize = MemoryLayout<cmsghdr>.size

    let descriptor: Int32

    /// Takes over a connected socket of packets.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// A socket at the path for the owner of the process alone, in place of one that was left there; nil when it cannot
    /// be made.
    static func listen(at path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return nil }
        unlink(path)
        let isBound = withName(path) { bind(descriptor, $0, $1) == 0 }
        guard isBound == true, chmod(path, 0o600) == 0, Glibc.listen(descriptor, 8) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Connects; nil when nobody listens there.
    static func connect(to path: String) -> DescriptorChannel? {
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return nil }
        guard withName(path, { Glibc.connect(descriptor, $0, $1) == 0 }) == true else {
            close(descriptor)
            return nil
        }
        return DescriptorChannel(descriptor)
    }

    /// Who is at the other end; laid out as the system's `ucred`.
    struct Peer {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    /// Who is at the other end; nil when the system does not say.
    var peer: Peer? {
        var credentials = Peer()
        var length = socklen_t(MemoryLayout<Peer>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 ? credentials : nil
    }

    /// False when the other end is gone.
    func send(_ text: String, descriptors: [Int32] = []) -> Bool {
        precondition(descriptors.count <= Self.maximumDescriptors, "too many descriptors for one message")
        var control: [UInt8] = []
        if !descriptors.isEmpty {
            let length = Self.headerSize + descriptors.count * MemoryLayout<Int32>.size
            var header = cmsghdr()
            header.cmsg_len = length
            header.cmsg_level = SOL_SOCKET
            header.cmsg_type = Self.rights
            withUnsafeBytes(of: header) { control += $0 }
            descriptors.withUnsafeBytes { control += $0 }
            while !control.count.isMultiple(of: MemoryLayout<Int>.size) { control.append(0) }
        }
        var bytes = Array(text.utf8)
        return Self.withMessage(&bytes, &control) { message in
            while true {
                let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                if count >= 0 || errno != EINTR { return count >= 0 }
            }
        }
    }

    /// The next message; nil at the end of the connection. Blocks.
    func receive() -> Message? {
        var bytes = [UInt8](repeating: 0, count: Self.maximumText)
        var control = [UInt8](
            repeating: 0, count: Self.headerSize + Self.maximumDescriptors * MemoryLayout<Int32>.size + 8)
        let (count, controlCount) = Self.withMessage(&bytes, &control) { message in
            while true {
                let count = recvmsg(descriptor, &message, Int32(MSG_CMSG_CLOEXEC))
                if count >= 0 || errno != EINTR { return (count, Int(message.msg_controllen)) }
            }
        }
        guard count > 0 else { return nil }
        return Message(
            text: String(decoding: bytes[..<count], as: UTF8.self),
            descriptors: Self.descriptors(in: control[..<controlCount]))
    }

    /// The next message unless it takes longer than until the deadline, or `isCancelled` says so.
    func receive(until deadline: Deadline, isCancelled: () -> Bool) -> Message? {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while !deadline.hasPassed && !isCancelled() {
            if poll(&wanted, 1, 50) > 0 { return receive() }
        }
        return nil
    }

    private static func descriptors(in control: ArraySlice<UInt8>) -> [Int32] {
        guard control.count >= headerSize else { return [] }
        return control.withUnsafeBytes { bytes in
            let header = bytes.loadUnaligned(as: cmsghdr.self)
            guard header.cmsg_level == SOL_SOCKET, header.cmsg_type == rights else { return [] }
            let end = min(Int(header.cmsg_len), bytes.count)
            return stride(from: headerSize, to: end - 3, by: 4).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: Int32.self)
            }
        }
    }

    private static let rights = Int32(SCM_RIGHTS)
    private static let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    private static func withMessage<Result>(
        _ bytes: inout [UInt8], _ control: inout [UInt8], _ use: (inout msghdr) -> Result
    ) -> Result {
        bytes.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.isEmpty ? nil : control.baseAddress
                    message.msg_controllen = control.count
                    return use(&message)
                }
            }
        }
    }

    private static func withName<Result>(
        _ path: String, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result? {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: name.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
