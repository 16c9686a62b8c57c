import GantryCore
import GantryServer
import GantryTelemetry

/// Sees to it that listeners take up other certificates without a restart: when their files have changed and have
/// stayed so for a moment, and when it is asked to look.
final class CertificateWatch: Sendable {
    private static let interval = Duration.seconds(2)

    private let log: Log
    private let looks = RegularLook()

    /// Begins to watch the files of the listeners.
    init(_ identities: [TLSIdentity], log: Log) {
        self.log = log
        guard !identities.isEmpty else { return }
        looks.start(every: Self.interval) { [self] isAsked in
            for identity in identities { reload(identity, isAsked: isAsked) }
        }
    }

    /// Reads the files now; any thread.
    func look() { looks.ask() }

    /// Ends the watch.
    func stop() { looks.stop() }

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
