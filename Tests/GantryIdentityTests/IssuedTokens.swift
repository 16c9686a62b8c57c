import GantryCore
import GantryIdentity
import GantryJSON
import GantryThreads
import Synchronization
import TestCommands
import Testing

/// Keys and tokens that other libraries have made; see `Tests/Support/IssuedTokens/make_tokens.py`.
struct IssuedTokens: Sendable {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var token: String

        var testDescription: String { name }
    }

    struct KeySet: Sendable, CustomTestStringConvertible {
        var name: String
        var text: [UInt8]
        /// How many of its keys can be used; nil where it is no set.
        var usable: Int?

        var testDescription: String { name }
    }

    static let all = IssuedTokens()

    let nowMilliseconds: Int64
    let issuer: String
    let audience: String
    /// The set that the good tokens are signed with, and another of one key that has the same id as one of those.
    let keys: [UInt8]
    let strangerKeys: [UInt8]
    let accepted: [Case]
    let refused: [Case]
    let keySets: [KeySet]

    private init() {
        let path = TestFiles.repository() + "/Tests/Support/IssuedTokens/tokens.json"
        guard let document = try? JSONDocument(TestFiles.read(path) ?? []) else {
            preconditionFailure("The tokens are missing.")
        }
        let root = document.root
        let cases = { (name: String) -> [Case] in
            (root[name]?.elements).map { list in
                list.map { Case(name: $0["name"]?.string ?? "", token: $0["token"]?.string ?? "") }
            } ?? []
        }
        nowMilliseconds = (root["now"]?.int64 ?? 0) * 1000
        issuer = root["issuer"]?.string ?? ""
        audience = root["audience"]?.string ?? ""
        keys = Array(root["keys"]?.jsonBytes ?? UnsafeBufferPointer(start: nil, count: 0))
        strangerKeys = Array(root["stranger"]?.jsonBytes ?? UnsafeBufferPointer(start: nil, count: 0))
        accepted = cases("accepted")
        refused = cases("refused")
        keySets =
            (root["keySets"]?.elements).map { list in
                list.map { entry in
                    KeySet(
                        name: entry["name"]?.string ?? "",
                        text: Array(entry["set"]?.jsonBytes ?? UnsafeBufferPointer(start: nil, count: 0)),
                        usable: entry["usable"]?.int64.map { Int($0) })
                }
            } ?? []
        withExtendedLifetime(document) {}
    }

    func token(_ name: String) -> String { accepted.first { $0.name == name }?.token ?? "" }
}

/// An issuer whose publishing a test does by hand, and a clock of its own.
final class PublishedByHand: Sendable {
    private struct State {
        var answers: [@Sendable (Result<IssuerKeys.Fetched, IdentityError>) -> Void] = []
        var reports: [String] = []
        var changes = 0
        var fetches = 0
        /// Given at once, when set; else a fetch waits for `answer`.
        var published: Result<IssuerKeys.Fetched, IdentityError>?
    }

    private let state: Lock<State>
    private let now = Atomic<Int64>(1_000_000)

    init(_ published: Result<IssuerKeys.Fetched, IdentityError>? = nil) {
        state = Lock(State(published: published))
    }

    convenience init(keys: [UInt8], maximumAgeSeconds: Int64? = nil) {
        self.init(.success(IssuerKeys.Fetched(bytes: keys, maximumAgeSeconds: maximumAgeSeconds)))
    }

    static let outage = IdentityError(.storage, "nobody answers")

    func keys(_ policy: IssuerKeys.Policy = IssuerKeys.Policy()) -> IssuerKeys {
        IssuerKeys(
            policy: policy, clock: { [self] in now.load(ordering: .relaxed) },
            fetch: { [self] completion in
                let published = state.withLock { state in
                    state.fetches += 1
                    if state.published == nil { state.answers.append(completion) }
                    return state.published
                }
                if let published { completion(published) }
            },
            report: { [self] report in state.withLock { $0.reports.append(Self.text(report)) } },
            onChange: { [self] in state.withLock { $0.changes += 1 } })
    }

    func publish(_ published: Result<IssuerKeys.Fetched, IdentityError>?) {
        state.withLock { $0.published = published }
    }

    func publish(keys: [UInt8], maximumAgeSeconds: Int64? = nil) {
        publish(.success(IssuerKeys.Fetched(bytes: keys, maximumAgeSeconds: maximumAgeSeconds)))
    }

    /// Ends the fetches that are under way.
    func answer(_ result: Result<IssuerKeys.Fetched, IdentityError>) {
        let answers = state.withLock { state in
            defer { state.answers = [] }
            return state.answers
        }
        for answer in answers { answer(result) }
    }

    func advance(seconds: Int64) { now.add(seconds * 1000, ordering: .relaxed) }

    var fetches: Int { state.withLock { $0.fetches } }
    var changes: Int { state.withLock { $0.changes } }
    var reports: [String] { state.withLock { $0.reports } }

    private static func text(_ report: IssuerKeys.Report) -> String {
        switch report {
        case .changed(let usable, let unusable): "\(usable) usable, \(unusable) not"
        case .failed(let message): "failed: \(message)"
        case .recovered: "recovered"
        }
    }
}
