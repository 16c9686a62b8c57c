import GantryKit
import GantryKitTesting
import Switchboard
import TestCommands
import Testing

@Suite("Sockets in the host for tests")
struct SocketTests {
    private let host: TestHost

    init() throws {
        host = try TestHost(
            SwitchboardModule.self,
            bundle: "\(TestFiles.repository())/Tests/EndToEndTests/modules/switchboard/bundle")
    }

    @Test(
        "What is sent comes back, as text and as bytes", arguments: ["/v1/echo", "/v1/echo-waiting", "/v1/echo-later"])
    func echo(path: String) throws {
        let socket = try host.connect(path)
        socket.send("zoë")
        socket.send([1, 2, 3])
        #expect(try socket.receive() == .text("zoë"))
        #expect(try socket.receive() == .binary([1, 2, 3]))
        socket.close(1000, reason: "enough")
        #expect(try socket.waitForEnd() == SocketEnd(code: 1000, reason: "enough"))
    }

    @Test("The first word comes before anything is received, and the end is told")
    func room() throws {
        let first = try host.connect("/v1/room?colour=red", as: .user("ada"))
        #expect(try first.receive().text?.hasPrefix("connected ada ") == true)
        let second = try host.connect("/v1/room", as: .user("bob"))
        _ = try second.receive()
        first.send("hello")
        #expect(try first.receive() == .text("ada: hello"))
        #expect(try second.receive() == .text("ada: hello"))
        first.send("bye")
        #expect(try first.waitForEnd() == SocketEnd(code: 4400, reason: "too many faults"))
        second.send([0])
        #expect(try second.waitForEnd() == SocketEnd(code: 1003, reason: "text only"))
        #expect(try host.get("/v1/ends").text == #"["4400 too many faults","1003 text only"]"#)
    }

    @Test("What a function throws closes the socket and stands in the log")
    func failure() throws {
        let socket = try host.connect("/v1/room", as: .user("ada"))
        _ = try socket.receive()
        socket.send("fail")
        #expect(try socket.waitForEnd() == SocketEnd(code: 1011, reason: "internal error"))
        #expect(host.logs.contains { $0.message == "A message could not be handled" })
    }

    @Test("A refusal is an answer like any other")
    func refusal() throws {
        #expect {
            try host.connect("/v1/refuse/403")
        } throws: { error in
            (error as? TestRefusal)?.response.status == 403
        }
    }

    @Test("A handler that awaits waits for a slow client, and loses nothing")
    func slowClient() throws {
        let socket = try host.connect("/v1/flood-later")
        socket.takes(2)
        socket.send("go")
        #expect(try socket.receive().text?.hasPrefix("0 ") == true)
        #expect(try socket.receive().text?.hasPrefix("1 ") == true)
        socket.takes(nil)
        var last = SocketMessage.text("")
        for _ in 2...500 { last = try socket.receive() }
        #expect(last == .text("done"))
    }

    @Test("A subprotocol is chosen among those that the client names")
    func subprotocol() throws {
        let socket = try host.connect("/v1/subprotocol", headers: [("Sec-WebSocket-Protocol", "first, second.v2")])
        #expect(socket.subprotocol == "second.v2")
    }

    @Test("Any call of the instance may send by the socket's number; after its end nobody")
    func otherCalls() throws {
        let socket = try host.connect("/v1/room", as: .user("ada"))
        let words = try #require(try socket.receive().text).split(separator: " ")
        let path = "/v1/say/\(words[2])"
        #expect(try host.send(.init("POST", path)).text == "sent")
        #expect(try socket.receive() == .text("from another call"))
        socket.close()
        _ = try socket.waitForEnd()
        #expect(try host.send(.init("POST", path)).text == "stale")
    }

    @Test("An instance that stops closes its sockets, those of handlers that await too")
    func stop() throws {
        let sockets = try ["/v1/echo", "/v1/echo-waiting", "/v1/echo-later"].map { try host.connect($0) }
        try host.stop()
        #expect(sockets.allSatisfy { $0.end == SocketEnd(code: 1001, reason: "shutdown") })
    }
}
