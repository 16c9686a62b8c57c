import NIOCore
import NIOEmbedded
import RawHTTP
import Testing

@testable import GantryServer

@Suite("How many connections there may be")
struct ConnectionTallyTests {
    private func admits(_ tally: ConnectionTally, _ address: String) throws -> (Bool, EmbeddedChannel) {
        let channel = EmbeddedChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 1)
        return (tally.admit(channel), channel)
    }

    private func tally(_ perAddress: Int, isExempt: @escaping @Sendable (String) -> Bool = { _ in false })
        -> ConnectionTally
    {
        var configuration = ServerConfiguration()
        configuration.maximumConnectionsPerAddress = perAddress
        configuration.isExemptFromAddressLimit = isExempt
        return ConnectionTally(configuration)
    }

    @Test(
        "One address has its share, and gets it back when a connection closes",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("192.0.2.1", "::ffff:192.0.2.1"),
        ])
    func share(_ pair: (String, String)) throws {
        let tally = tally(2)
        let (isFirstIn, first) = try admits(tally, pair.0)
        #expect(isFirstIn)
        #expect(try admits(tally, pair.1).0)
        let (isThirdIn, third) = try admits(tally, pair.0)
        #expect(!isThirdIn)
        #expect(try admits(tally, "198.51.100.1").0)
        #expect(try admits(tally, "2001:db8:1:3::1").0)
        _ = try third.finish()
        _ = try first.finish()
        #expect(try admits(tally, pair.1).0)
    }

    @Test(
        "This machine and those that are exempt have no share",
        arguments: ["127.0.0.1", "127.9.9.9", "::1", "192.0.2.7"])
    func exempt(_ address: String) throws {
        let tally = tally(1) { $0 == "192.0.2.7" }
        for _ in 0..<3 { #expect(try admits(tally, address).0) }
    }

    @Test("No limit is none")
    func none() throws {
        let tally = tally(0)
        for _ in 0..<3 { #expect(try admits(tally, "192.0.2.1").0) }
    }

    @Test("After the last answer only so much more is read")
    func lingering() throws {
        let test = try TestServer {
            $0.maximumLingeredBytes = 100_000
            $0.lingerTimeout = .seconds(600)
        }
        let client = try RawClient(port: test.port)
        try client.send("POST /early HTTP/1.1\r\nHost: t\r\nContent-Length: 100000000\r\n\r\n")
        #expect(try client.receive().status == 403)
        // The sockets hold some of it; all of it they do not.
        #expect(throws: RawClient.Failure.self) {
            for _ in 0..<1000 { try client.send([UInt8](repeating: 0, count: 100_000), withinMilliseconds: 100) }
        }
    }

    @Test("A client that has closed its half gets an answer that comes soon, and is gone after that")
    func halfClosed() throws {
        let test = try TestServer { $0.lingerTimeout = .milliseconds(50) }
        let patient = try RawClient(port: test.port)
        try patient.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n")
        patient.finishSending()
        #expect(try patient.receive().status == 200)
        let gone = try RawClient(port: test.port)
        try gone.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n")
        let exchange = test.handler.take(1)[0]
        gone.finishSending()
        #expect(gone.isClosed())
        // The client may see the end a moment before the loop tells the exchange.
        while !exchange.isAbandoned {}
    }
}
