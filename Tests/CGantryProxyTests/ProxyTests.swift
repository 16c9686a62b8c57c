import Glibc
import ProxyProbe
import Testing

/// The probe keeps one log for the process, hence one at a time. It is a host of its own, and a process has one: where
/// other tests go through the proxy, these cannot run beside them.
@Suite("Proxy", .serialized, .enabled(if: getenv("GANTRY_LOOPBACK") == nil, "The process has another host."))
struct ProxyTests {
    @Test(
        "every function and callback of every table carries the same through bytes as without them",
        arguments: [PROBE_FULL, PROBE_SPARSE, PROBE_FAILING])
    func carriesEverything(mode: probe_mode) throws {
        let direct = String(cString: try #require(probe_run(0, Int32(mode.rawValue))))
        let carried = String(cString: try #require(probe_run(1, Int32(mode.rawValue))))
        #expect(direct == carried)
        #expect(direct.split(separator: "\n").count > 600)
    }

    @Test(
        "a callback lives as long as the interface says: for its call, to its completion, until CLOSED, or taken back"
    )
    func endsCallbacks() {
        let lives = probe_lasting()
        #expect(lives.wrong == 0)
        #expect(lives.ran == 11 && lives.stale == 14, "\(lives)")
    }

    @Test("threads that call at once get their own rows and completions, each exactly once")
    func servesCrowds() {
        #expect(probe_crowd(1000) == 0)
    }

    @Test("no broken request harms the side that serves it", arguments: 0..<4 as Range<UInt64>)
    func survivesBrokenRequests(seed: UInt64) {
        #expect(probe_fuzz(seed, 20) > 2000)
    }

    @Test(
        "a request without bytes, of an unknown kind, for a table, function or token that does not exist is refused",
        arguments: [[], [0], [99], [1], [1, 99, 0], [1, 0, 99], [3, 0, 0, 12345], [5, 99, 1, 0], [5, 1, 1, 0]])
    func refusesNonsense(words: [UInt64]) {
        for toHost: Int32 in [0, 1] {
            let status = words.withUnsafeBytes { bytes in
                probe_serve(toHost, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
            }
            #expect(status < 0)
        }
    }
}
