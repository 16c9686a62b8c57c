import Testing
import WorkerProbe

/// A worker that was taken over: it does not use the proxy any more, but writes to the wire what it likes.
@Suite("A hostile peer on the wire")
struct HostilePeerTests {
    /// Requests as `PluginAPI/Proxy/runtime.h` has them.
    private enum Kind: UInt64 {
        case hostCall = 1, hostQuery, moduleCall, moduleQuery, callback, enter
    }

    private static let stale: Int64 = -4
    private static let limit: Int64 = -10
    private static let logTable = hostile_table("gantry.log")
    private static let responseTable = hostile_table("gantry.response")

    private static func text(_ text: String) -> [UInt64] {
        var bytes = Array(text.utf8)
        bytes += [UInt8](repeating: 0, count: -bytes.count & 7)
        return [UInt64(text.utf8.count), 1]
            + stride(from: 0, to: bytes.count, by: 8).map { start in
                bytes[start..<start + 8].withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
            }
    }

    private static func send(_ words: [UInt64], _ peer: OpaquePointer) -> Int64 {
        words.withUnsafeBytes { hostile_request(peer, $0.baseAddress, UInt64($0.count)) }
    }

    private static func query(_ id: String, scope: UInt64, _ peer: OpaquePointer) -> Int64 {
        send([Kind.hostQuery.rawValue, scope] + text(id) + [1], peer)
    }

    /// `gantry.log.write` with these handles.
    private static func log(call: UInt64, instance: UInt64, _ peer: OpaquePointer) -> Int64 {
        send([Kind.hostCall.rawValue, logTable, 0, 1, call, instance, 0, 0, 0, 0, 1] + text("hello") + [0, 0], peer)
    }

    @Test("what breaks the rules of the wire ends the channel, with the reason", arguments: 0..<HOSTILE_WAYS.rawValue)
    func endsChannels(way: UInt32) throws {
        let peer = try #require(hostile_open() as OpaquePointer?)
        defer { hostile_close(peer) }
        hostile_break(peer, way)
        #expect(hostile_is_over(peer) != 0)
        let reason = String(cString: hostile_reason(peer))
        switch hostile_way(rawValue: way) {
        case HOSTILE_SEQUENCE: #expect(reason == "The worker broke the order of a lane.")
        case HOSTILE_UNASKED, HOSTILE_SLOT, HOSTILE_AGAIN, HOSTILE_SIZE, HOSTILE_SPLIT, HOSTILE_HELD:
            #expect(reason == "The worker sent what is no answer.")
        case HOSTILE_REPORT: #expect(reason == "first??[31msecond")
        default: #expect(reason == "The worker sent what is no message.")
        }
        #expect(Self.log(call: hostile_call(peer), instance: 0, peer) == 1000)
    }

    @Test(
        "a message of any size that is announced costs the host nothing before its bytes are there",
        arguments: [UInt64.max, 1 << 63, 1 << 40, (1 << 20) + 1] as [UInt64])
    func refusesSizes(size: UInt64) throws {
        let peer = try #require(hostile_open() as OpaquePointer?)
        defer { hostile_close(peer) }
        #expect(hostile_announce(peer, size) == Self.limit)
        #expect(Self.query("gantry.log", scope: 0, peer) == 0)
    }

    @Test("the peer's own handles are good for it, guessed ones are not")
    func refusesHandles() throws {
        let peer = try #require(hostile_open() as OpaquePointer?)
        defer { hostile_close(peer) }
        let (call, instance) = (hostile_call(peer), hostile_instance(peer))
        #expect(Self.log(call: call, instance: instance, peer) == -2, "It has not found the table yet.")
        #expect(Self.query("gantry.log", scope: 0, peer) == 0)
        #expect(Self.log(call: call, instance: instance, peer) == 0)
        var guesses: UInt64 = 0
        for index in 0..<64 as Range<UInt64> {
            let (otherCall, otherInstance) = (1 << 56 | index, 2 << 56 | index)
            if otherCall != call {
                #expect(Self.log(call: otherCall, instance: instance, peer) == Self.stale)
                guesses += 1
            }
            if otherInstance != instance {
                #expect(Self.log(call: call, instance: otherInstance, peer) == Self.stale)
                guesses += 1
            }
        }
        #expect(hostile_refused(peer) == guesses)
    }

    @Test("an answer that comes with a handler's return is good for the worker's own calls alone")
    func refusesHeldAnswers() throws {
        let peer = try #require(hostile_open() as OpaquePointer?)
        defer { hostile_close(peer) }
        func hold(call: UInt64) -> Bool {
            // `gantry.response.send` with 200, no content type, no headers, no body.
            let words: [UInt64] =
                [Kind.hostCall.rawValue, Self.responseTable, 0, 1, call, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0]
            return words.withUnsafeBytes { hostile_hold(peer, $0.baseAddress, UInt64($0.count)) } == 0
        }
        #expect(Self.query("gantry.response", scope: 0, peer) == 0)
        #expect(hold(call: hostile_call(peer)))
        #expect(hostile_refused(peer) == 0)
        for index in 0..<64 as Range<UInt64> where 1 << 56 | index != hostile_call(peer) {
            #expect(hold(call: 1 << 56 | index))
        }
        #expect(hostile_refused(peer) == 63)
    }

    @Test("a peer that gives no sign of life is known by that")
    func missesSigns() throws {
        let peer = try #require(hostile_open() as OpaquePointer?)
        defer { hostile_close(peer) }
        #expect(hostile_ping(peer, 7) == 7)
        #expect(hostile_ping(peer, 8) == 7, "One is awaited.")
        hostile_sign(peer)
        #expect(hostile_ping(peer, 9) == 9)
    }

    @Test(
        "no token of another worker opens anything: neither its host nor a callback that was lent to it",
        .enabled(if: Worker.compiler != nil, Worker.whyWithout))
    func refusesTokens() throws {
        var settings = prober_settings()
        settings.most_tokens = 50
        let victim = try Worker("various", settings)
        defer { victim.end() }
        #expect(victim.handle(.watches) == 0)
        #expect(prober_count(victim.prober).tokens == 50)
        let peer = try #require(hostile_open() as OpaquePointer?)
        defer { hostile_close(peer) }
        // All that the first generations can have been, and with them those that the victim has.
        for generation in 1...3 as ClosedRange<UInt64> {
            for index in 0..<256 as Range<UInt64> {
                let token = generation << 24 | index
                #expect(Self.query("gantry.log", scope: token, peer) == Self.stale)
                for type in [1, 8, 20] as [UInt64] {
                    #expect(Self.send([Kind.callback.rawValue, type, token, 0], peer) < 0)
                }
            }
        }
        #expect(prober_count(victim.prober).tokens == 50)
        #expect(victim.handle(.hello) == 0)
    }

    @Test("the peer cannot ask for what only a worker serves, nor for tables and functions that there are none of")
    func refusesNonsense() throws {
        let peer = try #require(hostile_open() as OpaquePointer?)
        defer { hostile_close(peer) }
        let requests: [[UInt64]] = [
            [], [0], [3, 0, 0, 1], [4, 1], [6], [99], [1], [1, 99, 0], [1, 0, 99], [5, 99, 1, 0], [2, 0],
        ]
        for words in requests { #expect(Self.send(words, peer) < 0) }
        #expect(hostile_is_over(peer) == 0)
    }

    @Test("whatever the peer answers, the host ends the channel or has a status", arguments: 0..<40 as Range<UInt64>)
    func survivesAnswers(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        let bytes = (0..<600).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        ChannelFuzz.channel.run(bytes)
        ChannelFuzz.wire.run(bytes)
    }

    @Test("the fuzzer's corpus harms nothing", arguments: ChannelFuzz.allCases)
    func replaysCorpus(target: ChannelFuzz) throws {
        let inputs = ChannelFuzz.corpus(target)
        #expect(inputs.count >= 4)
        for input in inputs { target.run(input) }
    }

    @Test("a peer that says to be gone is not believed: that status is the channel's")
    func keepsStatuses() throws {
        // It answers the entry with `GANTRY_CHANNEL_GONE`: one word, in the form of `hostile_answer`.
        let word: [UInt8] = [200, 255, 255, 255, 255, 255, 255, 255, 156]
        #expect(([2, 1] + word).withUnsafeBufferPointer { hostile_entry($0.baseAddress, UInt64($0.count)) } == -11)
    }

    @Test("a peer that answers as a module does is taken for one, to the end")
    func servesModules() throws {
        let bytes = try #require(ChannelFuzz.corpus(.channel).max { $0.count < $1.count })
        #expect(bytes.withUnsafeBufferPointer { hostile_answer($0.baseAddress, UInt64($0.count)) } >= 8)
    }
}
