import CGantry
import GantryCore

/// `gantry.mail`.
enum MailTable {
    private static let maximumNameBytes: UInt64 = 64
    private static let maximumAddressBytes: UInt64 = 254
    private static let maximumUserBytes: UInt64 = 512
    private static let maximumVariableBytes: UInt64 = 256 << 10

    static let send:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt64, UnsafePointer<gantry_mail_order_v1>?,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, transaction, mail, error in
            Misuse.checked(call, "gantry.mail.send") {
                guard let mail else { return .invalid }
                return DatabaseTable.withTransaction(call, transaction, error) { port, call in
                    guard call.instance.isGranted(.mail) else {
                        return call.instance.refusal(.mail, "gantry.mail.send")
                    }
                    guard let composer = call.instance.ports.services.mail else {
                        return call.instance.refusal(.mail, "gantry.mail.send")
                    }
                    do throws(PortOutcome) {
                        let payload = try composer.compose(try order(mail.pointee))
                        return enqueue(payload, port, call)
                    } catch { return error }
                }
            }
        }

    private static func order(_ raw: gantry_mail_order_v1) throws(PortOutcome) -> MailOrder {
        MailOrder(
            template: try ServiceCalls.text(raw.template_name, atMost: maximumNameBytes, "template_name"),
            to: try ServiceCalls.text(raw.to, atMost: maximumAddressBytes, "to"),
            replyTo: try ServiceCalls.text(raw.reply_to, atMost: maximumAddressBytes, "reply_to"),
            user: try ServiceCalls.text(raw.user, atMost: maximumUserBytes, "user"),
            variables: try ServiceCalls.text(raw.variables, atMost: maximumVariableBytes, "variables"))
    }

    private static func enqueue(
        _ payload: [UInt8], _ port: any TransactionPort, _ call: ModuleCall
    ) -> PortOutcome {
        Array(Manifest.mailJob.utf8).withUnsafeBytes { name in
            payload.withUnsafeBytes { payload in
                port.enqueue(
                    name: name, key: UnsafeRawBufferPointer(start: nil, count: 0), payload: payload,
                    notBeforeMilliseconds: 0, trace: call.trace)
            }
        }
    }
}
