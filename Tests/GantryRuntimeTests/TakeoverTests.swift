import GantryServer
import GantryThreads
import Glibc
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("One host takes the place of another")
struct TakeoverTests {
    private let folder = TemporaryFolder()

    /// What tells one open file from another, whatever its descriptor.
    private static func identity(_ descriptor: Int32) -> [UInt] {
        var information = stat()
        return fstat(descriptor, &information) == 0 ? [UInt(information.st_dev), UInt(information.st_ino)] : []
    }

    @Test("Descriptors arrive as the same files, and both ends know whom they speak to")
    func descriptors() throws {
        let path = "\(folder.path)/channel.sock"
        let listener = try #require(DescriptorChannel.listen(at: path))
        let client = try #require(DescriptorChannel.connect(to: path))
        let server = DescriptorChannel(accept(listener, nil, nil))
        let files = (0..<3).map { open("\(folder.path)/\($0)", O_RDWR | O_CREAT, 0o600) }
        #expect(client.send("three files", descriptors: files))
        let message = try #require(server.receive())
        #expect(message.text == "three files")
        #expect(message.descriptors.map(Self.identity) == files.map(Self.identity))
        #expect(message.descriptors.allSatisfy { fcntl($0, F_GETFD) & FD_CLOEXEC != 0 })
        #expect(server.send("none"))
        #expect(client.receive()?.descriptors == [])
        #expect(server.peer?.user == getuid() && client.peer?.process == getpid())
        for descriptor in files + message.descriptors + [listener] { close(descriptor) }
    }

    @Test("A connection that ends, and a wait that is broken off, give nothing")
    func ends() throws {
        let path = "\(folder.path)/channel.sock"
        let listener = try #require(DescriptorChannel.listen(at: path))
        var client = DescriptorChannel.connect(to: path)
        let server = DescriptorChannel(accept(listener, nil, nil))
        #expect(client != nil)
        #expect(server.receive(until: .never, isCancelled: { true }) == nil)
        #expect(server.receive(until: .now, isCancelled: { false }) == nil)
        client = nil
        #expect(server.receive(until: .never, isCancelled: { false }) == nil)
        #expect(!server.send("to nobody"))
        close(listener)
        #expect(DescriptorChannel.connect(to: path) == nil)
    }

    @Test("A successor gets the sockets, and the host leaves only when it is asked to")
    func succession() throws {
        let socket = try ListeningSocket(binding: .internet(host: "127.0.0.1", port: 0))
        let left = Monitor<DescriptorChannel?>(nil)
        let succession = try Succession(dataFolder: folder.path, descriptors: [socket.descriptor]) { channel in
            left.withLock { $0 = channel }
            left.signal()
        }
        // One that asks and goes away changes nothing.
        do {
            let (_, sockets) = try #require(try Predecessor.find(dataFolder: folder.path) { false })
            for descriptor in sockets { close(descriptor) }
        }
        let (predecessor, descriptors) = try #require(try Predecessor.find(dataFolder: folder.path) { false })
        let sockets = try ListeningSockets()
        try sockets.add(descriptors: descriptors)
        #expect(left.withLock { $0 == nil })
        let taken = try sockets.socket(for: socket.address)
        #expect(Self.identity(taken.descriptor) == Self.identity(socket.descriptor))
        predecessor.askToLeave()
        let channel = try #require(left.wait(until: .after(.seconds(20))) { $0 })
        predecessor.tellReady()
        #expect(channel.receive()?.text == Predecessor.ready)
        withExtendedLifetime(succession) {}
    }

    @Test("One that speaks otherwise is refused with a reason")
    func otherVersion() throws {
        let succession = try Succession(dataFolder: folder.path, descriptors: []) { _ in }
        let channel = try #require(DescriptorChannel.connect(to: DataFolder.takeoverPath(folder.path)))
        #expect(channel.send("gantry takeover 99"))
        #expect(channel.receive()?.text.contains(Predecessor.greeting) == true)
        #expect(channel.receive() == nil)
        withExtendedLifetime(succession) {}
    }

    @Test("Nobody is found on a folder that nobody uses, also one that does not exist")
    func nobody() throws {
        #expect(try Predecessor.find(dataFolder: folder.path) { false } == nil)
        #expect(try Predecessor.find(dataFolder: "\(folder.path)/missing") { false } == nil)
    }

    @Test("What was handed over and is not wanted is closed, and what is missing is made")
    func sockets() throws {
        let first = try ListeningSocket(binding: .internet(host: "127.0.0.1", port: 0))
        let second = try ListeningSocket(binding: .internet(host: "127.0.0.1", port: 0))
        let sockets = try ListeningSockets()
        try sockets.add(descriptors: [dup(first.descriptor), dup(second.descriptor)])
        let taken = try sockets.socket(for: second.address)
        #expect(Self.identity(taken.descriptor) == Self.identity(second.descriptor))
        let made = try sockets.socket(for: .unixSocket(path: "\(folder.path)/own.sock"))
        #expect(sockets.used.map(\.descriptor) == [taken.descriptor, made.descriptor])
        #expect(sockets.closeUnused().map(\.description) == [first.address.description])
        #expect(throws: HostError.self) { try sockets.socket(for: first.address) }
        #expect(throws: HostError.self) { try sockets.add(descriptors: [0]) }
    }
}
