import GantryContract
import GantryCore
import GantryJSON
import GantryLoader
import GantryTelemetry

/// Holds what modules answer against their contracts, where the deployment asks for it: in the environment `test`. An
/// answer that is not what its contract says becomes an error in the log and a 500 that says what is wrong.
enum ResponseCheck {
    /// Statuses of failures that every document knows when it is served, since the host has them on any route.
    private static let hostStatuses: Set<Int> = [
        400, 401, 403, 404, 405, 406, 408, 412, 413, 415, 416, 422, 429, 431, 500, 503,
    ]
    private static let maximumListed = 10

    /// What a module's answer is replaced with; nil where it is right, or is not looked at.
    static func fault(
        _ context: RequestContext, status: Int, contentType: UnsafeRawBufferPointer, headers: [ReplyField],
        body: UnsafeRawBufferPointer, isStream: Bool = false
    ) -> Failure? {
        guard context.gateway.configuration.browsers.checksAnswers, let operation = context.route?.answers else {
            return nil
        }
        let findings = operation.checkResponse(
            status: status, contentType: String(decoding: contentType, as: UTF8.self),
            headers: { name in
                let wanted = name.lowercased()
                return headers.first { $0.name.lowercased() == wanted }?.value
            }, body: body, isStream: isStream)
        return replacement(context, status, findings)
    }

    /// What a module's failure is replaced with where the contract does not know its status, and no host gives it by
    /// itself either.
    static func fault(_ context: RequestContext, failure: ModuleFailure) -> Failure? {
        guard context.gateway.configuration.browsers.checksAnswers, let operation = context.route?.answers,
            !hostStatuses.contains(failure.status), !operation.declares(status: failure.status)
        else { return nil }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        return replacement(
            context, failure.status, operation.checkResponse(status: failure.status, contentType: "", body: nothing))
    }

    /// The failure, or what it is replaced with where the contract knows its status and describes it otherwise.
    ///
    /// - Parameter body: The failure as it is sent.
    static func judged(_ context: RequestContext, _ failure: Failure, body: [UInt8]) -> Failure {
        // What is no request of HTTP is no request of the operation, however far it has come.
        guard failure.reason != Failure.malformedRequest.reason, let operation = context.route?.answers,
            operation.declares(status: failure.status)
        else { return failure }
        let findings = body.withUnsafeBytes {
            operation.checkResponse(
                status: failure.status, contentType: "application/json", headers: { header($0, of: failure) }, body: $0)
        }
        return replacement(context, failure.status, findings) ?? failure
    }

    /// The value of a header, from the failure's lines.
    private static func header(_ name: String, of failure: Failure) -> String? {
        let lines = String(decoding: failure.headers, as: UTF8.self).split(whereSeparator: \.isNewline)
        let wanted = name.lowercased() + ":"
        guard let line = lines.first(where: { $0.lowercased().hasPrefix(wanted) }) else { return nil }
        return String(line.dropFirst(wanted.count).drop { $0 == " " })
    }

    private static func replacement(_ context: RequestContext, _ status: Int, _ findings: [Finding]) -> Failure? {
        let wrong = findings.filter { $0.location != .header || !isHeaderOfHost($0.path) }
        guard let first = wrong.first else { return nil }
        let operation = context.route?.operation.id ?? ""
        for finding in wrong.prefix(maximumListed) {
            context.gateway.log.write(
                .error, "An answer is not what the contract says.",
                scope: LogScope(
                    requestID: String(decoding: context.requestID(), as: UTF8.self), tenant: context.tenant?.id,
                    module: context.module?.id),
                trace: context.trace,
                fields: [
                    LogField("operation", operation), LogField("status", "\(status)"),
                    LogField("pointer", pointer(finding)), LogField("fault", finding.message),
                ])
        }
        let message =
            "The answer of `\(operation)` with the status \(status) is not what the contract says: "
            + "\(pointer(first)) \(first.message)"
        return Failure(500, "response_violates_contract", message).with { writer in
            writer.member("operation", operation)
            writer.key("status")
            writer.int(status)
            writer.key("violations")
            writer.beginArray()
            for finding in wrong.prefix(maximumListed) {
                writer.beginObject()
                writer.member("pointer", pointer(finding))
                writer.member("message", finding.message)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    /// Headers that the host adds to every answer.
    private static func isHeaderOfHost(_ name: String) -> Bool {
        let name = name.lowercased()
        return name == "x-request-id" || name.hasPrefix("x-ratelimit-") || name.hasPrefix("x-api-")
            || ["etag", "date", "content-length", "vary"].contains(name)
    }

    /// `#/content/0/id` within the body, the name of a header.
    private static func pointer(_ finding: Finding) -> String {
        if finding.location == .header { return finding.path }
        return finding.path.isEmpty ? "#" : "#/" + finding.path.split(separator: ".").joined(separator: "/")
    }
}
