import GantryServer
import Glibc

/// The sockets that a host listens on. Some may have been handed over: by the service manager, by the host before this
/// one, or by this very process before it became another program.
final class ListeningSockets {
    /// Where a process that becomes another program names the sockets that it keeps.
    static let ownVariable = "GANTRY_LISTEN_DESCRIPTORS"
    /// The first descriptor of those that a service manager hands over.
    private static let firstDescriptor: Int32 = 3

    private var unused: [ListeningSocket] = []
    private(set) var used: [ListeningSocket] = []

    /// Sockets that the environment tells of. Throws `HostError` where it tells of something else.
    init() throws {
        try add(descriptors: Self.takeVariable(Self.ownVariable).split(separator: ",").compactMap { Int32($0) })
        try add(descriptors: Self.fromServiceManager())
    }

    /// Sockets that somebody has sent.
    func add(descriptors: [Int32]) throws {
        do throws(ServerError) {
            for descriptor in descriptors { unused.append(try ListeningSocket(inheriting: descriptor)) }
        } catch {
            throw HostError(.listen, error.message)
        }
    }

    /// The socket for an address: one that was handed over, else one that is made now. Throws `HostError`.
    func socket(for address: ListenAddress) throws -> ListeningSocket {
        let socket: ListeningSocket
        if let index = unused.firstIndex(where: { $0.serves(address) }) {
            socket = unused.remove(at: index)
        } else {
            do throws(ServerError) { socket = try ListeningSocket(binding: address) } catch {
                throw HostError(
                    .listen, "\(error.message) Stop what stands in the way, or choose another with --listen.")
            }
        }
        used.append(socket)
        return socket
    }

    /// Puts a socket back that was only made sure of.
    func putBack(_ socket: ListeningSocket) {
        used.removeAll { $0 === socket }
        unused.append(socket)
    }

    /// Closes what nobody listens on. Whoever connects there would wait in vain.
    func closeUnused() -> [ListenAddress] {
        defer { unused = [] }
        return unused.map(\.address)
    }

    /// The protocol of systemd's socket units: so many descriptors from the third on, for the process that is named.
    private static func fromServiceManager() -> [Int32] {
        let process = takeVariable("LISTEN_PID")
        let count = takeVariable("LISTEN_FDS")
        _ = takeVariable("LISTEN_FDNAMES")
        guard Int32(process) == getpid(), let count = Int32(count), (1...1000).contains(count) else { return [] }
        return Array(firstDescriptor..<(firstDescriptor + count))
    }

    /// The variable's value, which programs that this one starts do not get.
    static func takeVariable(_ name: String) -> String {
        guard let value = getenv(name) else { return "" }
        defer { unsetenv(name) }
        return String(cString: value)
    }
}
