import GantryCore
import GantryIdentity
import GantryLoader
import GantryServer

/// Answers `GET /api/v1/{org_id}/events/stream`: who may follow an organisation's events, and what of them.
enum LiveStep {
    static let template = "/events/stream"
    private static let prefixes = ["/api/v1/", "/api/v2/"]
    private static let parameter = "practice_id"
    private static let maximumPracticeCount = 128

    /// Names of the platform contract (`x-reserved-org-ids`) that are no organisation's.
    private static let reserved: Set<String> = [
        "app", "admin", "public", "internal", "auth", "users", "doctors", "connect", "community", "analytics",
        "attachments", "categories", "followups", "lab-tests", "medicines", "notifications", "payments", "wallet",
        "health", "ping", "docs", "sessions", "v1", "v2",
    ]

    /// Version and organisation, where a path is one of an organisation's stream.
    static func find(_ path: UnsafeBufferPointer<UInt8>) -> (version: Int, organisation: String)? {
        guard path.count > 8 + template.utf8.count, path.last == UInt8(ascii: "m"),
            path.suffix(template.utf8.count).elementsEqual(template.utf8),
            let version = prefixes.firstIndex(where: { path.starts(with: $0.utf8) })
        else { return nil }
        let piece = UnsafeBufferPointer(rebasing: path[8..<path.count - template.utf8.count])
        guard let name = RequestPath.decode(piece, plusIsSpace: false) else { return nil }
        let organisation = String(decoding: name, as: UTF8.self)
        guard Identifiers.isTenant(organisation), !reserved.contains(organisation) else { return nil }
        return (version + 1, organisation)
    }

    /// Opens the stream, or says why it is not to be.
    static func run(_ context: RequestContext, _ live: LiveChannels) {
        let credential = credential(context)
        KeyStep.whenJudged(context, header: credential) { failure in
            if let failure = failure ?? open(context, live, credential: credential) {
                ResponseStep.fail(context, failure)
            }
        }
    }

    private static func open(_ context: RequestContext, _ live: LiveChannels, credential: String?) -> Failure? {
        guard let target = context.exchange.withTarget({ read(context, $0) }) else { return .malformedTarget }
        let principal = context.principal
        // Who sends no good credential is counted by address, in the tenant that lends its routes.
        let counted = principal.flatMap { context.state.tenants[$0.tenant] } ?? context.state.defaultTenant
        if let counted, let failure = LimitStep.run(context, group: .default, of: counted) { return failure }
        guard let principal, !principal.hasToken, let credential = credential.flatMap(PrincipalStep.bearer) else {
            return .unauthenticated(wasRefused: context.authentication != nil)
        }
        switch TenantStep.run(context) {
        case .failure(let failure): return failure
        case .named(let tenant) where tenant.id == target.organisation:
            guard tenant.isActive else { return .tenantInactive }
            context.tenant = tenant
        // A name in the path that is not the caller's is refused whether or not it is a tenant's.
        case .named, .unnamed: return .tenantMismatch
        }
        if principal.user.isShutOut { return .shutOut }
        if let practice = target.practice, practice.unicodeScalars.count > maximumPracticeCount {
            let finding = FieldFinding(
                field: parameter, code: "too_long", message: "Must have at most \(maximumPracticeCount) characters.",
                location: .query)
            return .validation([finding]).withDetail([finding])
        }
        if context.exchange.method == "HEAD" {
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            Array(LiveStream.contentType.utf8).withUnsafeBytes {
                ResponseStep.send(context, status: 200, contentType: $0, headers: LiveStream.fields, body: nothing)
            }
            return nil
        }
        let practice = target.practice.flatMap { $0.isEmpty ? nil : $0 }
        return live.open(
            LiveStream(
                context, tenant: target.organisation, subject: principal.subject, credential: credential,
                practice: practice))
    }

    /// What the target says.
    private static func read(
        _ context: RequestContext, _ target: UnsafeBufferPointer<UInt8>
    ) -> (organisation: String, practice: String?)? {
        guard let parts = RequestPath(target), let found = find(UnsafeBufferPointer(rebasing: target[parts.path])),
            context.request.appendQuery(UnsafeBufferPointer(rebasing: target[parts.query]))
        else { return nil }
        var practice: String?
        for field in context.request.query where practice == nil && context.request.string(field.name) == parameter {
            practice = context.request.string(field.value)
        }
        return (found.organisation, practice)
    }

    /// The header `Authorization`, or what a browser's cookie would say there: its EventSource sets no headers.
    private static func credential(_ context: RequestContext) -> String? {
        if let header = context.headers.authorization { return header }
        let name = context.gateway.configuration.browsers.sessionCookie
        var found: String?
        context.exchange.forEachField { field, value in
            guard found == nil, field.count == 6, HeaderName.matches(field, "cookie") else { return }
            for pair in RequestHeaders.text(value).split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].trimmedOfSpaces == name else { continue }
                found = "Bearer " + parts[1].trimmedOfSpaces
            }
        }
        return found
    }
}

extension Substring {
    /// Without spaces and tabs around it.
    fileprivate var trimmedOfSpaces: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let start = firstIndex(where: { !isSpace($0) }), let end = lastIndex(where: { !isSpace($0) }) else {
            return self[endIndex...]
        }
        return self[start...end]
    }
}
