import GantryKit

// What the conformance checks see and set beyond what tests need.
extension TestHost {
    /// How often a call that was answered was answered again.
    package var doubleAnswers: Int { state.withLock { $0.doubleAnswers } }

    /// How often a call was used after it was over, though its client had not left.
    package var staleUses: Int { state.withLock { $0.staleUses } }

    /// How often a function answered what a test wanted instead of the truth.
    package var faultsMet: Int { state.withLock { $0.faultsMet } }

    /// The function that did so last.
    package var lastFault: String { state.withLock { $0.lastFault } }

    /// Whether a transaction is under way.
    package var hasOpenTransaction: Bool { state.withLock { $0.transaction != nil } }

    /// Whether the client of a call that is answered later has left when the module's function returns.
    package var leavesAtOnce: Bool {
        get { state.withLock { $0.leavesAtOnce } }
        set { state.withLock { $0.leavesAtOnce = newValue } }
    }

    /// Calls that broke the contract of the host's functions, in words.
    package var misuses: [String] { state.withLock { $0.misuses } }

    /// Has the clients of all calls leave when the module calls the host the next time but `count`; nil for never.
    package func leave(afterCalls count: Int?) {
        guard let count else { return state.withLock { $0.interruption = nil } }
        interrupt(afterCalls: count) { $0.cancelCalls() }
    }

    /// Does `action` when the module calls the host the next time but `count`, on the thread of that call.
    package func interrupt(afterCalls count: Int, by action: @escaping @Sendable (TestHost) -> Void) {
        state.withLock { $0.interruption = (count, action) }
    }

    /// Takes over what another host has kept besides the database, as the tenant's next instance finds it.
    package func inherit(from other: TestHost) {
        let former = other.state.withLock { $0 }
        state.withLock { state in
            state.blobs = former.blobs
            state.tokens = former.tokens
            state.directory = former.directory
            state.webhooks = former.webhooks
            // Numbers stand in identifiers, which no two hosts may give twice.
            state.randomSeed = former.randomSeed
            state.lastNumber = max(state.lastNumber, former.lastNumber)
        }
    }

    /// Forgets what the module logged, measured, sent and asked for, so that only the module's own memory grows.
    package func forgetWhatWasTold() {
        state.withLock { state in
            state.functions = []
            state.logs = []
            state.metrics = []
            state.spans = []
            state.outbound = []
            state.published = []
            state.jobs = []
            state.mails = []
            state.leftCalls = []
            state.lastResponse = nil
        }
    }

    /// Where a text stands in what the module has told since that was forgotten; nil where it does not.
    package func place(of text: String) -> String? {
        let told = state.withLock { state in
            state.logs.map { ("a line for the log", "\($0.message) \($0.fields)") }
                + state.metrics.map { ("a number for the operator", "\($0.name) \($0.labels)") }
                + state.spans.map { ("a span", "\($0.name) \($0.attributes)") }
                + state.outbound.map { request in
                    ("a request to the outside", "\(request.url) \(request.headers) " + Self.text(request.body))
                }
                + state.published.map { ("an event", "\($0.key) " + Self.text($0.data)) }
                + state.mails.map { ("a mail", "\($0.to) \($0.replyTo) \($0.user) " + Self.text($0.variables)) }
                + state.jobs.map { ("a job", "\($0.key) " + Self.text($0.payload)) }
                + (state.lastResponse.map { response in
                    [
                        (
                            "the answer",
                            "\(response.headers) \(response.reason) \(response.message) \(response.findings) "
                                + Self.text(response.body)
                        )
                    ]
                } ?? [])
        }
        return told.first { $0.1.contains(text) }?.0
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Whether all work that the module gave to the host's threads is done within so much real time.
    package func isIdle(within duration: Duration) -> Bool {
        threads.waiting { threads.waitUntilIdle(nanoseconds: duration.nanoseconds) }
    }
}
