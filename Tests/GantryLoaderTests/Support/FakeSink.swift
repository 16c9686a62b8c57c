import Dispatch
import GantryCore
import GantryLoader
import GantryThreads

/// Keeps the answers that a call got; a right one is a list of one.
final class FakeSink: ReplySink {
    enum Answer: Sendable, Equatable {
        case sent(status: Int, contentType: String, headers: [String], body: String)
        case failed(status: Int, reason: String, message: String, details: String)
        case refused([FieldFinding])
        case abandoned(ModuleStatus)
    }

    private let state = Lock<[Answer]>([])
    private let arrival = DispatchSemaphore(value: 0)

    var answers: [Answer] { state.withLock { $0 } }

    /// The body of the only answer; nil when it is none, another, or one of several.
    var body: String? {
        guard case .sent(_, _, _, let body) = answers.first, answers.count == 1 else { return nil }
        return body
    }

    /// Waits for the next answer; false when none came in time.
    func wait() -> Bool { arrival.wait(timeout: .now() + 20) == .success }

    var stream: (any StreamPort)? { nil }

    private let forsaken = Lock(false)

    /// Whether the client has left, as the test says with `forsake`.
    var isOver: Bool { forsaken.withLock { $0 } }

    func forsake() { forsaken.withLock { $0 = true } }

    /// The client is there after all.
    func recall() { forsaken.withLock { $0 = false } }

    func send(
        status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField], body: UnsafeRawBufferPointer
    ) {
        record(
            .sent(
                status: status, contentType: String(decoding: contentType, as: UTF8.self),
                headers: headers.map { "\($0.name): \($0.value)" }, body: String(decoding: body, as: UTF8.self)))
    }

    func fail(_ failure: ModuleFailure) {
        record(
            .failed(
                status: failure.status, reason: failure.reason, message: failure.message,
                details: String(decoding: failure.details, as: UTF8.self)))
    }

    func refuse(_ findings: [FieldFinding]) { record(.refused(findings)) }

    func abandon(status: ModuleStatus) { record(.abandoned(status)) }

    private func record(_ answer: Answer) {
        state.withLock { $0.append(answer) }
        arrival.signal()
    }
}
