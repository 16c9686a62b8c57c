import GantryCore
import GantryThreads
import Testing

@testable import GantryIdentity

@Suite("The keys of an issuer")
struct IssuerKeysTests {
    private static let tokens = IssuedTokens.all
    private static let other = Array(#"{"keys":[]}"#.utf8)

    /// What a look at a key gives, in a word.
    private func look(_ keys: IssuerKeys, _ id: String? = "rsa") -> String {
        switch keys.lookup(.rs256, id: id) {
        case .keys(let found, let validity): "\(found.count) for \(validity / 1000) s"
        case .refused: "refused"
        case .pending: "pending"
        case .unavailable(let seconds): "unavailable for \(seconds) s"
        }
    }

    @Test("They are fetched when they are first needed, once for all who wait")
    func firstUse() {
        let issuer = PublishedByHand()
        let keys = issuer.keys()
        #expect(issuer.fetches == 0)
        let woken = Lock(0)
        for _ in 0..<3 {
            #expect(look(keys) == "pending")
            keys.whenFetched { woken.withLock { $0 += 1 } }
        }
        #expect(issuer.fetches == 1)
        #expect(woken.withLock { $0 } == 0)
        issuer.answer(.success(IssuerKeys.Fetched(bytes: Self.tokens.keys)))
        #expect(woken.withLock { $0 } == 3)
        #expect(look(keys) == "1 for 480 s")
        #expect(issuer.reports == ["6 usable, 0 not"])
        keys.whenFetched { woken.withLock { $0 += 1 } }
        #expect(woken.withLock { $0 } == 4)
    }

    @Test("What the issuer says of their age counts within bounds", arguments: [(0, 60), (120, 120), (1 << 40, 3600)])
    func age(said: Int64, counted: Int64) {
        let issuer = PublishedByHand(keys: Self.tokens.keys, maximumAgeSeconds: said)
        let keys = issuer.keys()
        keys.prepare()
        #expect(look(keys) == "1 for \(counted / 5 * 4) s")
        #expect(issuer.fetches == 1)
    }

    @Test("They are fetched again in the background before their time is over, and nobody waits")
    func refresh() {
        let issuer = PublishedByHand(keys: Self.tokens.keys, maximumAgeSeconds: 100)
        let keys = issuer.keys()
        keys.prepare()
        issuer.publish(nil)
        issuer.advance(seconds: 80)
        #expect(look(keys) == "1 for 20 s")
        #expect(issuer.fetches == 2)
        issuer.answer(.success(IssuerKeys.Fetched(bytes: Self.tokens.keys, maximumAgeSeconds: 100)))
        #expect(look(keys) == "1 for 80 s")
        // The same keys once more are no change.
        #expect(issuer.changes == 1)
        #expect(issuer.reports.count == 1)
    }

    @Test("After their time nobody relies on them before the issuer was asked")
    func stale() {
        let issuer = PublishedByHand(keys: Self.tokens.keys, maximumAgeSeconds: 100)
        let keys = issuer.keys()
        keys.prepare()
        issuer.publish(nil)
        issuer.advance(seconds: 100)
        #expect(look(keys) == "pending")
        issuer.answer(.success(IssuerKeys.Fetched(bytes: Self.tokens.strangerKeys)))
        #expect(look(keys) == "1 for 480 s")
        #expect(issuer.changes == 2)
    }

    @Test("A key that is published is found, one that is taken away is not")
    func rotation() {
        let issuer = PublishedByHand(keys: Self.other)
        let keys = issuer.keys()
        keys.prepare()
        issuer.publish(keys: Self.tokens.keys, maximumAgeSeconds: 100)
        #expect(look(keys) == "pending")
        #expect(look(keys) == "1 for 80 s")
        issuer.publish(keys: Self.other)
        issuer.advance(seconds: 80)
        _ = look(keys)
        #expect(issuer.changes == 3)
        #expect(look(keys) == "pending")
        #expect(look(keys) == "pending")
    }

    @Test("A flood of unknown keys does not flood the issuer")
    func flood() {
        let issuer = PublishedByHand(keys: Self.tokens.keys, maximumAgeSeconds: 3600)
        let keys = issuer.keys()
        keys.prepare()
        for number in 0..<10_000 { _ = look(keys, "unknown-\(number)") }
        #expect(issuer.fetches == 5)
        #expect(look(keys, "unknown") == "refused")
        // Those that are known go on meanwhile.
        #expect(look(keys).hasPrefix("1 for"))
        for _ in 0..<100 {
            issuer.advance(seconds: 1)
            for number in 0..<100 { _ = look(keys, "unknown-\(number)") }
        }
        #expect(issuer.fetches == 11)
    }

    @Test("So many may wait and no more")
    func crowd() {
        let issuer = PublishedByHand()
        var policy = IssuerKeys.Policy()
        policy.maximumWaiting = 2
        let keys = issuer.keys(policy)
        for _ in 0..<2 {
            #expect(look(keys) == "pending")
            keys.whenFetched {}
        }
        #expect(look(keys) == "unavailable for 1 s")
    }

    @Test("An issuer that was never there is asked at growing intervals, and nobody waits in between")
    func neverThere() {
        let issuer = PublishedByHand(.failure(PublishedByHand.outage))
        let keys = issuer.keys()
        #expect(look(keys) == "pending")
        #expect(look(keys) == "unavailable for 1 s")
        issuer.advance(seconds: 1)
        #expect(look(keys) == "pending")
        #expect(look(keys) == "unavailable for 2 s")
        for _ in 0..<600 {
            issuer.advance(seconds: 1)
            _ = look(keys)
        }
        #expect((20...30).contains(issuer.fetches))
        #expect(issuer.reports == ["failed: nobody answers"])
        issuer.publish(keys: Self.tokens.keys)
        issuer.advance(seconds: 30)
        #expect(look(keys) == "pending")
        #expect(look(keys) == "1 for 480 s")
        #expect(issuer.reports == ["failed: nobody answers", "recovered", "6 usable, 0 not"])
    }

    @Test("While the issuer is away the last good keys are used, for a time")
    func outage() {
        let issuer = PublishedByHand(keys: Self.tokens.keys, maximumAgeSeconds: 100)
        var policy = IssuerKeys.Policy()
        policy.outage = 1_000_000
        let keys = issuer.keys(policy)
        keys.prepare()
        issuer.publish(.failure(PublishedByHand.outage))
        issuer.advance(seconds: 101)
        #expect(look(keys) == "pending")
        // What was found is looked at again soon.
        #expect(look(keys) == "1 for 1 s")
        // Of an unknown key nobody can say whether it is a new one.
        #expect(look(keys, "unknown") == "unavailable for 1 s")
        issuer.advance(seconds: 900)
        #expect(look(keys) == "1 for 1 s")
        issuer.advance(seconds: 200)
        _ = look(keys)
        #expect(look(keys).hasPrefix("unavailable"))
        issuer.publish(keys: Self.tokens.keys)
        issuer.advance(seconds: 60)
        _ = look(keys)
        #expect(look(keys) == "1 for 480 s")
        #expect(issuer.changes == 1)
    }

    @Test("An answer that is no key set is an outage")
    func nonsense() {
        let issuer = PublishedByHand(keys: Self.tokens.keys, maximumAgeSeconds: 100)
        let keys = issuer.keys()
        keys.prepare()
        issuer.publish(keys: Array("<html>".utf8))
        issuer.advance(seconds: 101)
        _ = look(keys)
        #expect(look(keys) == "1 for 1 s")
        #expect(issuer.reports.last == "failed: The key set is not readable JSON.")
    }
}
