import GantryCore
import GantryServer
import GantryTelemetry
import GantryThreads

/// Sees to it that listeners take up other certificates without a restart: when their files have changed and have
/// stayed so for a moment, and when it is asked to look.
final class CertificateWatch: Sendable {
    private static let interval = Duration.seconds(2)

    private struct State {
        var isAsked = false
        var isStopped = false
    }

    private let identities: [TLSIdentity]
    private let log: Log
    private let state = Monitor(State())

    /// Begins to watch the files of the listeners.
    init(_ identities: [TLSIdentity], log: Log) {
        self.identities = identities
        self.log = log
        if !identities.isEmpty { DetachedThread.start { self.run() } }
    }

    /// Reads the files now; any thread.
    func look() {
        state.withLock { $0.isAsked = true }
        state.signal()
    }

    /// Ends the watch.
    func stop() {
        state.withLock { $0.isStopped = true }
        state.signal()
    }

    private func run() {
        while true {
            let isAsked = state.wait(until: .after(Self.interval)) { state -> Bool? in
                guard state.isAsked || state.isStopped else { return nil }
                state.isAsked = false
                return true
            }
            if state.withLock({ $0.isStopped }) { return }
            for identity in identities { reload(identity, isAsked: isAsked ?? false) }
        }
    }

    private func reload(_ identity: TLSIdentity, isAsked: Bool) {
        switch identity.reload(atOnce: isAsked) {
        case .unchanged:
            break
        case .replaced:
            log.write(
                .info, "New connections are given the certificate that its file holds now.",
                fields: [LogField("certificate", identity.certificatePath)])
        case .failed(let error):
            log.write(.error, "\(error.message) The certificate in use stays.")
        }
    }
}
