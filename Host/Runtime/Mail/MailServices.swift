import GantryCore
import GantryEvents
import GantryJSON
import GantryMail
import GantryOutbound
import GantryTelemetry
import GantryThreads

/// Sends the mails of all instances. Any thread that may wait.
final class MailServices: Sendable {
    /// When a mail that was not taken is tried again: for about a day.
    static let retry: RetryPolicy = {
        var policy = RetryPolicy()
        policy.initialMilliseconds = 5000
        policy.maximumMilliseconds = 7_200_000
        policy.maximumAttempts = 24
        return policy
    }()

    /// What a tenant has sent since its window began.
    private struct Window {
        var endMilliseconds: Int64
        var count: Int
    }

    private let settings: Deployment.Mail
    /// Nil while the operator has not said who takes mail and who sends it.
    private let route: (server: MailServer, sender: MailSender)?
    private let log: Log
    private let windows = Lock<[String: Window]>([:])
    private let announce = Lock<(@Sendable (Announcement) throws -> Void)?>(nil)

    init(settings: Deployment.Mail, certificateFile: String?, log: Log) {
        self.settings = settings
        self.log = log
        if let url = settings.server, let sender = settings.sender.flatMap(MailSender.init) {
            let server = MailServer(
                url: url, requiresEncryption: settings.requiresEncryption, certificateFile: certificateFile)
            route = (server, sender)
        } else {
            route = nil
        }
    }

    /// Says how modules are told of mails that were taken.
    func setAnnouncing(_ announce: @escaping @Sendable (Announcement) throws -> Void) {
        self.announce.withLock { $0 = announce }
    }

    /// What makes the mails of an instance; nil when it sends none.
    func adapter(_ manifest: Manifest) -> MailAdapter? {
        guard manifest.capabilities.contains(.mail), let mail = manifest.mail else { return nil }
        return MailAdapter(mail, maximumWaiting: settings.maximumWaiting)
    }

    /// Sends the mail that a job is. Its Message-ID is made of the job's id, the same in every attempt.
    func send(_ run: JobRun, tenant: String, module: String) -> AttemptOutcome {
        let scope = LogScope(tenant: tenant, module: module)
        guard let draft = MailDraft(payload: run.payload) else {
            return .giveUp(reason: "The job is no mail.")
        }
        let fields = [LogField("template", draft.template), LogField("mail", run.id.description)]
        guard let route else {
            log.write(
                .warning, "The mail is dropped: SMTP_URL and MAIL_FROM are not both set.", scope: scope, fields: fields)
            return .done
        }
        let now = systemWallClock()
        guard isAllowed(tenant, atMilliseconds: now) else {
            return .unavailable(reason: "The tenant has sent \(settings.rate) mails; the rest waits.")
        }
        do throws(MailServer.Refusal) {
            let bytes = MailText.bytes(of: draft, from: route.sender, id: run.id.description)
            try route.server.submit(
                MailServer.Letter(sender: route.sender.address, recipient: draft.recipient, bytes: bytes))
        } catch {
            let reason = LogField("reason", error.message)
            guard error.isFinal else {
                log.write(
                    .warning, "The mail was not taken and is tried again later.", scope: scope,
                    fields: fields + [LogField("attempt", run.attempt), reason])
                return .retry(reason: error.message)
            }
            log.write(.error, "The mail was refused for good.", scope: scope, fields: fields + [reason])
            return .giveUp(reason: error.message)
        }
        tell(draft, run, tenant: tenant, scope: scope)
        return .done
    }

    /// Counts a mail in the tenant's window; false when there is no room in it.
    private func isAllowed(_ tenant: String, atMilliseconds now: Int64) -> Bool {
        windows.withLock { windows in
            var window = windows[tenant] ?? Window(endMilliseconds: 0, count: 0)
            if window.endMilliseconds <= now {
                window = Window(endMilliseconds: now + Int64(settings.rate.periodSeconds) * 1000, count: 0)
            }
            guard window.count < settings.rate.count else { return false }
            window.count += 1
            windows[tenant] = window
            return true
        }
    }

    private func tell(_ draft: MailDraft, _ run: JobRun, tenant: String, scope: LogScope) {
        let announcement = Announcement(
            "email.sent", tenant: tenant, key: draft.user, actor: nil, atMilliseconds: systemWallClock()
        ) { writer in
            writer.key("template")
            writer.string(draft.template)
            writer.key("user_id")
            writer.string(draft.user.isEmpty ? nil : draft.user)
            writer.key("occurred_at")
            writer.timestamp(milliseconds: systemWallClock())
        }
        do {
            try announce.withLock { $0 }?(announcement)
        } catch {
            // The mail is out; to send it again for the sake of the event would be worse.
            log.write(.error, "Nobody hears of a mail that was sent: \(error)", scope: scope)
        }
    }
}
