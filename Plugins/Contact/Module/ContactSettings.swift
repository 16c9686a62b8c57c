import GantryKit
import PlatformParts

/// What the operator or the tenant has set.
struct ContactSettings: Sendable {
    let requiresSubject: Bool
    let requiresPhone: Bool
    let sendsConfirmation: Bool
    /// Who is told of submissions; nil for nobody.
    let administrator: String?
    /// Where submissions are delivered; nil for nowhere.
    let deliveryURL: String?
    /// What deliveries are signed with; nil for nothing.
    let deliverySecret: String?

    init(_ settings: Settings) {
        requiresSubject = settings.flag("CONTACT_REQUIRE_SUBJECT", unless: false)
        requiresPhone = settings.flag("CONTACT_REQUIRE_PHONE", unless: false)
        sendsConfirmation = settings.flag("CONTACT_SEND_CONFIRMATION", unless: true)
        administrator = settings.text("ADMIN_EMAIL")
        deliveryURL = settings.text("CONTACT_WEBHOOK_URL")
        deliverySecret = settings.text("CONTACT_WEBHOOK_SECRET")
    }
}
