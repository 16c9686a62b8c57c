import GantryCore
import GantryCryptography
import GantryJSON
import GantryLoader

/// Requests with an `Idempotency-Key`: the first goes on to the module, whoever repeats it gets its answer.
enum RepeatStep {
    private static let header = "idempotency-key"
    private static let keyBytes = 1...255

    /// Runs on a thread that may wait.
    /// - Returns: whether the module is to be called; otherwise the request is answered.
    static func run(
        _ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort, _ use: Manifest.KeyUse,
        body: UnsafeRawBufferPointer
    ) -> Bool {
        guard let text = context.headerValue(header) else {
            if use == .optional { return true }
            ResponseStep.fail(context, .keyMissing)
            return false
        }
        guard keyBytes.contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            ResponseStep.fail(context, .keyMalformed)
            return false
        }
        guard let book = instance.answers else {
            ResponseStep.fail(context, .moduleUnavailable(route.moduleID))
            return false
        }
        let key = Self.key(context, route, text, body)
        let underWay = context.gateway.keysUnderWay
        guard underWay.enter(key.scope) else {
            ResponseStep.fail(context, .keyUnderWay)
            return false
        }
        let keyed = KeyedRequest(key, book: book, underWay: underWay)
        switch book.find(key) {
        case .new?:
            context.keyed = keyed
            return true
        case .answered(let answer)?: replay(context, answer)
        case .reused?: ResponseStep.fail(context, .keyReused(status: route.idempotency.reuseStatus))
        case .unanswered?: ResponseStep.fail(context, .outcomeUnknown)
        case .tooLarge?: ResponseStep.fail(context, .answerTooLarge)
        case .tooMany?: ResponseStep.fail(context, .tooManyKeys)
        case nil: ResponseStep.fail(context, .moduleUnavailable(route.moduleID))
        }
        return false
    }

    private static func replay(_ context: RequestContext, _ answer: KeptAnswer) {
        var headers = answer.headers.split(separator: "\n").compactMap { line -> ReplyField? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return ReplyField(name: String(line[..<colon]), value: String(line[colon...].dropFirst(2)))
        }
        headers.append(ReplyField(name: "Idempotent-Replayed", value: "true"))
        answer.body.withUnsafeBytes { body in
            Array(answer.contentType.utf8).withUnsafeBytes { type in
                ResponseStep.send(context, status: answer.status, contentType: type, headers: headers, body: body)
            }
        }
    }

    // MARK: What makes two requests the same

    private static func key(
        _ context: RequestContext, _ route: ModuleRoute, _ text: String, _ body: UnsafeRawBufferPointer
    ) -> RequestKey {
        var caller = PartsDigest()
        for part in [context.tenant?.id ?? "", route.moduleID] + Self.caller(context) { caller.add(part) }
        var scope = PartsDigest()
        scope.add(caller.bytes)
        scope.add(route.route.operation)
        scope.add(text)
        let now = context.wallMilliseconds
        return RequestKey(
            scope: scope.bytes, caller: caller.bytes, fingerprint: fingerprint(context, route, body),
            owner: Int64.random(in: .min ... .max), nowMilliseconds: now,
            expiresAtMilliseconds: now + route.idempotency.keepMilliseconds)
    }

    /// Who asks: a user, and who acts as him; a key; a token; or an address.
    private static func caller(_ context: RequestContext) -> [String] {
        guard let principal = context.principal else { return ["address", context.client.subject] }
        return ["\(principal.kind)", principal.subject, principal.tenant, principal.user.actor]
    }

    /// What is asked: the version, the path's parameters, the query, and the body with its type.
    private static func fingerprint(
        _ context: RequestContext, _ route: ModuleRoute, _ body: UnsafeRawBufferPointer
    ) -> [UInt8] {
        var parts = PartsDigest()
        parts.add("\(route.version) \(context.request.pathParameters.count)")
        context.request.text.withUnsafeBytes { text in
            func add(_ range: TextRange) {
                parts.add(UnsafeRawBufferPointer(rebasing: text[range.start..<range.start + range.count]))
            }
            for parameter in context.request.pathParameters { add(parameter) }
            for field in context.request.query {
                add(field.name)
                add(field.value)
            }
        }
        parts.add(context.headers.contentType ?? "")
        parts.add(body)
        return parts.bytes
    }
}

/// A digest of parts with their lengths, so that no part passes for the end of another.
private struct PartsDigest {
    private var digest = RunningDigest()

    mutating func add(_ part: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: UInt64(part.count).littleEndian) { digest.update($0) }
        digest.update(part)
    }

    mutating func add(_ part: [UInt8]) { part.withUnsafeBytes { add($0) } }

    mutating func add(_ part: String) { add(Array(part.utf8)) }

    var bytes: [UInt8] { digest.digest.bytes }
}

extension Failure {
    static let keyMissing = Failure(
        400, "idempotency_key_missing", "This needs the header Idempotency-Key, with another value for each request.")
    static let keyMalformed = Failure(
        400, "idempotency_key_malformed",
        "Idempotency-Key occurs once and has 1 to 255 visible characters without spaces.")
    static let keyUnderWay = Failure(
        409, "request_in_progress", "A request with this Idempotency-Key is under way. Try again in a moment."
    ).with(header: "Retry-After: 1")
    static let outcomeUnknown = Failure(
        409, "outcome_unknown",
        "The request with this Idempotency-Key had its effect, and was ended before its answer was known.")
    static let answerTooLarge = Failure(
        409, "answer_too_large",
        "The request with this Idempotency-Key was answered; the answer was too large to be kept.")
    static let tooManyKeys = Failure(
        429, "too_many_keys", "Too many values of Idempotency-Key are remembered. Go on without one, or tomorrow."
    ).with { writer in
        writer.key("retry_after")
        writer.int(3600)
    }.with(header: "Retry-After: 3600")

    static func keyReused(status: Int) -> Failure {
        Failure(status, "idempotency_key_reused", "This Idempotency-Key stood for another request.")
    }
}
