import GantryCore
import GantryEvents
import GantryLoader
import GantryMail
import GantryThreads
import Synchronization

/// Mails of one instance as the interface's table makes them.
final class MailAdapter: MailPort {
    /// Mails of the instance that wait, as they were counted last.
    let waiting = Atomic<Int64>(0)
    private let mail: Manifest.Mail
    private let maximumWaiting: Int64

    init(_ mail: Manifest.Mail, maximumWaiting: Int64) {
        self.mail = mail
        self.maximumWaiting = maximumWaiting
    }

    func compose(_ order: MailOrder) throws(PortOutcome) -> [UInt8] {
        guard waiting.load(ordering: .relaxed) < maximumWaiting else {
            throw PortOutcome(
                .limit, code: MailFault.waiting, message: "\(maximumWaiting) mails of the module wait already.")
        }
        do throws(MailError) {
            let draft = try MailDraft(
                template: order.template, of: mail, to: order.to, replyTo: order.replyTo, user: order.user,
                variables: order.variables, atMilliseconds: systemWallClock())
            return try draft.payload()
        } catch {
            switch error.code {
            case .address: throw PortOutcome(.invalid, code: MailFault.address, message: error.message)
            case .template: throw PortOutcome(.invalid, code: MailFault.template, message: error.message)
            case .variables: throw PortOutcome(.invalid, message: error.message)
            case .tooLarge: throw PortOutcome(.limit, code: MailFault.tooLarge, message: error.message)
            }
        }
    }
}
