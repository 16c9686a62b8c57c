import GantryCore
import GantryJSON

/// An answer that the host gives instead of the module, before it has a shape.
struct Failure {
    var status: Int
    var reason: String
    var message: String
    /// Members of `details` after `reason`: a JSON object, or nothing.
    var details: [UInt8] = []
    /// Whole header lines.
    var headers: [UInt8] = []
    /// The faults in the older form of the platform's routes: a JSON array beside `error`, or nothing.
    var detail: [UInt8] = []

    init(_ status: Int, _ reason: String, _ message: String) {
        self.status = status
        self.reason = reason
        self.message = message
    }

    /// With further members of `details`.
    func with(_ write: (inout JSONWriter) -> Void) -> Failure {
        var copy = self
        var writer = JSONWriter()
        writer.beginObject()
        write(&writer)
        writer.endObject()
        copy.details = writer.bytes
        return copy
    }

    /// With a header line.
    func with(header: String) -> Failure {
        var copy = self
        copy.headers += Array(header.utf8) + [0x0D, 0x0A]
        return copy
    }
}

extension Failure {
    static let routeNotFound = Failure(404, "not_found", "There is no such route.").with {
        $0.member("resource", "Route")
    }

    static let tenantNotFound = Failure(404, "not_found", "There is no such tenant.").with {
        $0.member("resource", "Tenant")
    }

    /// The same whether or not the tenant that was named exists.
    static let tenantMismatch = Failure(
        403, "tenant_mismatch",
        "The tenants that the request names do not agree, or the credential is not of that tenant.")
    static let tenantInactive = Failure(403, "tenant_inactive", "The tenant is not active.")
    static let tenantRequired = Failure(403, "tenant_required", "This needs a user who belongs to a tenant.")
    static let shutOut = Failure(403, "account_inactive", "The account is deactivated.")
    static let actsForAnother = Failure(
        403, "impersonation", "Nobody does this while acting as somebody else.")
    static let userTokenRequired = Failure(
        403, "user_token_required", "This needs a user's token; an API key is not enough.")
    static let malformedTarget = Failure(400, "malformed_request", "The path or the query cannot be decoded.")
    static let ambiguousHeaders = Failure(
        400, "malformed_request", "A header that names the caller or the tenant occurs twice.")
    static let malformedRequest = Failure(400, "malformed_request", "The request is not valid HTTP.")
    static let headTooLarge = Failure(431, "head_too_large", "The request's headers are too large.")
    static let requestTimeout = Failure(408, "timeout", "The request's body took too long.")
    static let unsupportedMediaType = Failure(
        400, "unsupported_media_type", "The body's content type is not one that this operation takes.")
    static let notFound = Failure(404, "not_found", "There is no such record.")
    static let internalError = Failure(500, "internal_error", "Something went wrong on our side.")
    static let storageFull = Failure(
        503, "storage_full", "There is no room to store this. Nothing was changed; the operator has to make room.")
    static let deadlineExceeded = Failure(503, "deadline_exceeded", "The request took too long.")

    static func methodNotAllowed(_ method: String, allowed: [String]) -> Failure {
        Failure(405, "method_not_allowed", "This path does not take \(method).")
            .with { writer in
                writer.key("allowed")
                writer.beginArray()
                for method in allowed { writer.string(method) }
                writer.endArray()
            }
            .with(header: "Allow: " + allowed.joined(separator: ", "))
    }

    /// No failure at all, but an answer without a body all the same.
    static func options(allowed: [String]) -> Failure {
        Failure(204, "", "").with(header: "Allow: " + allowed.joined(separator: ", "))
    }

    static func moduleUnavailable(_ module: String) -> Failure {
        Failure(503, "module_unavailable", "This feature is not available at the moment.").with {
            $0.member("service", module)
        }
    }

    static func notConfigured(_ service: String) -> Failure {
        Failure(503, "not_configured", "This feature is not configured.").with { $0.member("service", service) }
    }

    static func overloaded(_ module: String) -> Failure {
        Failure(503, "overloaded", "Too many requests are under way. Try again in a moment.")
            .with { $0.member("service", module) }
            .with(header: "Retry-After: 1")
    }

    static func rateLimited(_ allowance: Allowance) -> Failure {
        let seconds = max(1, (allowance.retryNanoseconds + 999_999_999) / 1_000_000_000)
        return Failure(429, "rate_limited", "Too many requests. Try again in \(seconds) seconds.")
            .with { writer in
                writer.key("retry_after")
                writer.int(seconds)
            }
            .with(header: "Retry-After: \(seconds)")
    }

    static func unauthenticated(wasRefused: Bool) -> Failure {
        Failure(401, "unauthenticated", "A valid bearer token is needed.")
            .with(header: wasRefused ? #"WWW-Authenticate: Bearer error="invalid_token""# : "WWW-Authenticate: Bearer")
    }

    static func roleRequired(_ role: String) -> Failure {
        Failure(403, "role_required", "This needs the role \(role).").with { $0.member("required_role", role) }
    }

    static func bodyTooLarge(maximumBytes: Int) -> Failure {
        Failure(413, "body_too_large", "The body is larger than \(size(maximumBytes)).").with { writer in
            writer.key("max_bytes")
            writer.int(maximumBytes)
        }
    }

    /// In the largest unit of which it is a whole number.
    private static func size(_ bytes: Int) -> String {
        if bytes > 0, bytes % (1 << 20) == 0 { return "\(bytes >> 20) MiB" }
        return bytes > 0 && bytes % (1 << 10) == 0 ? "\(bytes >> 10) KiB" : "\(bytes) bytes"
    }

    static func malformedJSON(_ message: String) -> Failure {
        Failure(400, "malformed_json", message)
    }

    /// A 422 that lists at most 50 findings.
    static func validation(_ findings: [FieldFinding]) -> Failure {
        let message: String
        if findings.count == 1, let only = findings.first {
            // A module's own message may be a sentence already, the host's lack their subject.
            let isSentence = only.message.first?.isUppercase ?? false
            let subject = isSentence ? "" : only.field.isEmpty ? "The body " : only.field + " "
            message = sentence(only.message, after: subject)
        } else {
            message = "\(findings.count) fields are not valid."
        }
        return Failure(422, "validation_failed", message).with { writer in
            writer.member("field", findings.first?.field ?? "")
            writer.key("errors")
            writer.beginArray()
            for finding in findings.prefix(50) {
                writer.beginObject()
                writer.member("field", finding.field)
                writer.member("code", finding.code)
                writer.member("message", sentence(finding.message))
                writer.endObject()
            }
            writer.endArray()
        }
    }

    /// A clause as a sentence: with a capital in front, unless a subject stands there, and a full stop.
    private static func sentence(_ clause: String, after subject: String = "") -> String {
        let text = subject.isEmpty ? clause.prefix(1).uppercased() + clause.dropFirst() : subject + clause
        return text.hasSuffix(".") ? text : text + "."
    }
}

extension JSONWriter {
    /// Adds a member that is a string.
    mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }
}
