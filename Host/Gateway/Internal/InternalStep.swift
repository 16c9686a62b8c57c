import GantryContract
import GantryCore
import GantryCryptography
import GantryJSON
import GantryLoader
import GantryServer
import GantryThreads

/// The routes for sister services within the trust boundary: their secret, their limit, and what they ask for.
enum InternalStep {
    static let maximumBodyBytes = 1 << 20

    static func run(_ context: RequestContext, _ kind: HostRoute.Kind) {
        let gateway = context.gateway
        if let tenant = context.state.defaultTenant,
            let failure = LimitStep.run(context, group: .internal, of: tenant)
        {
            return ResponseStep.fail(context, failure)
        }
        guard let (secret, routes) = gateway.configuration.internals else {
            return ResponseStep.fail(context, .notConfigured("internal"))
        }
        let bearer = context.headers.authorization.flatMap(PrincipalStep.bearer)
        // Digests are compared whole, whatever the first difference.
        guard let bearer, Cryptography.sha256(bearer) == secret else {
            return ResponseStep.fail(context, .unauthenticated(wasRefused: context.headers.authorization != nil))
        }
        let isAccepted = gateway.pool.submit {
            if let failure = kind == .userSync ? take(context, routes) : list(context, routes) {
                ResponseStep.fail(context, failure)
            }
        }
        if !isAccepted { ResponseStep.fail(context, .overloaded("internal")) }
    }

    // MARK: Organisations

    private static func list(_ context: RequestContext, _ routes: any InternalRoutes) -> Failure? {
        let parameter = "status"
        let query = context.exchange.withTarget { target in
            RequestPath(target).map { context.request.appendQuery(UnsafeBufferPointer(rebasing: target[$0.query])) }
        }
        guard query == true else { return .malformedTarget }
        let field = context.request.query.first { context.request.string($0.name) == parameter }
        let wanted = field.map { context.request.string($0.value) } ?? TenantEntry.Status.active.rawValue
        let status = TenantEntry.Status(rawValue: wanted)
        guard status != nil || wanted == "all" else {
            let known = TenantEntry.Status.allCases.map(\.rawValue).joined(separator: ", ")
            let finding = FieldFinding(
                field: parameter, code: "enum", message: "must be one of \(known), all", location: .query)
            return .validation([finding]).withDetail([finding])
        }
        guard let known = try? routes.organisations() else { return .internalError }
        let found = known.filter { status == nil || $0.status == status }
            .map { (key: $0.name.lowercased(), organisation: $0) }
            .sorted { ($0.key, $0.organisation.id) < ($1.key, $1.organisation.id) }
        context.gateway.hostRoutes.send(context, 200) { writer in
            writer.key("items")
            writer.beginArray()
            for (_, organisation) in found {
                writer.beginObject()
                writer.member("id", organisation.id)
                writer.member("name", organisation.name)
                writer.member("slug", organisation.slug)
                writer.member("status", organisation.status.rawValue)
                writer.endObject()
            }
            writer.endArray()
            writer.key("total")
            writer.int(found.count)
        }
        return nil
    }

    // MARK: Notices of the auth service

    private static func take(_ context: RequestContext, _ routes: any InternalRoutes) -> Failure? {
        let parsed = context.exchange.withBody { body in read(context, body) }
        switch parsed {
        case .failure(let refused): return refused.failure
        case .success(let notice):
            guard let outcome = try? routes.take(notice) else { return .internalError }
            context.gateway.hostRoutes.send(context, 200) { writer in
                writer.key("received")
                writer.bool(true)
                writer.member("event_id", notice.eventID)
                writer.member("status", outcome.rawValue)
            }
            return nil
        }
    }

    private struct Refused: Error {
        let failure: Failure
    }

    private static func read(
        _ context: RequestContext, _ body: UnsafeRawBufferPointer
    ) -> Result<UserNotice, Refused> {
        guard let operation = UserNoticeContract.operation, let rule = operation.requestBody else {
            return .failure(Refused(failure: .internalError))
        }
        guard let type = context.headers.contentType, rule.accepts(contentType: type) else {
            return .failure(Refused(failure: .unsupportedMediaType))
        }
        guard let document = try? JSONDocument(Array(body)) else {
            return .failure(Refused(failure: .malformedJSON("The body is not valid JSON.")))
        }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let findings = document.withRoot { root in
            operation.check(pathParameters: [], query: nothing, headers: { _ in nil }, body: root)
        }
        guard findings.isEmpty else {
            let fields = findings.map { finding in
                FieldFinding(field: finding.path, code: "\(finding.keyword)", message: finding.message)
            }
            return .failure(Refused(failure: .validation(fields)))
        }
        return document.withRoot { notice($0) }
    }

    private static func notice(_ root: JSONValue) -> Result<UserNotice, Refused> {
        let user = root["user"]
        guard let kind = root["event"]?.string.flatMap(UserNotice.Kind.init), let user,
            let copy = try? JSONDocument(Array(user.rawBytes))
        else { return .failure(Refused(failure: .malformedJSON("The body is not valid JSON."))) }
        if kind != .deleted, user["email"]?.string == nil {
            let finding = FieldFinding(field: "user.email", code: "required", message: "is missing")
            return .failure(Refused(failure: .validation([finding])))
        }
        return .success(
            UserNotice(
                eventID: root["event_id"]?.string ?? "", kind: kind, occurredAt: root["occurred_at"]?.string ?? "",
                userID: user["id"]?.string ?? "",
                tenants: user["org_ids"].map { $0.elements.compactMap(\.string) }, user: copy))
    }
}

extension Failure {
    /// With the faults in the older form too.
    func withDetail(_ findings: [FieldFinding]) -> Failure {
        var writer = JSONWriter()
        writer.beginArray()
        for finding in findings {
            writer.beginObject()
            writer.key("loc")
            writer.beginArray()
            writer.string(finding.location == .body ? "body" : finding.location == .header ? "header" : "query")
            for part in finding.field.split(separator: ".") { writer.string(String(part)) }
            writer.endArray()
            writer.member("msg", finding.message)
            writer.member("type", finding.code)
            writer.endObject()
        }
        writer.endArray()
        var copy = self
        copy.detail = writer.bytes
        return copy
    }
}

/// What the platform's contract says of the body of a notice.
private enum UserNoticeContract {
    static let operation = (try? Contract(document: JSONDocument(Array(text.utf8))))?.operation(id: "syncUser")

    private static let text = #"""
        {"openapi":"3.1.0","info":{"title":"Notices","version":"1"},"paths":{"/api/v1/internal/auth/user-sync":{"post":{
        "operationId":"syncUser","responses":{"200":{"description":"Taken in."}},
        "requestBody":{"required":true,"content":{"application/json":{"schema":{
          "type":"object","required":["event_id","event","occurred_at","user"],"properties":{
            "event_id":{"type":"string","minLength":1,"maxLength":128},
            "event":{"type":"string","enum":["user.created","user.updated","user.deleted"]},
            "occurred_at":{"type":"string","format":"date-time"},
            "user":{"type":"object","required":["id"],"properties":{
              "id":{"type":"string","minLength":1,"maxLength":128},
              "email":{"type":"string","format":"email","maxLength":254},
              "full_name":{"type":["string","null"],"maxLength":255},
              "avatar_url":{"type":["string","null"],"format":"uri","maxLength":2048},
              "role":{"type":"string","enum":["user","admin","superadmin"]},
              "is_active":{"type":"boolean"},
              "org_ids":{"type":"array","maxItems":100,"uniqueItems":true,
                "items":{"type":"string","minLength":1,"maxLength":64}}}}}}}}}}}}}
        """#
}
