import CCurl
import GantryCore
import GantryThreads
import Glibc

/// One request on its way through libcurl.
final class Transfer: @unchecked Sendable {
    // Guard: made on the thread of whoever asks and then handed to the engine's thread, which alone uses it.

    static let cancellation = OutboundError(.cancelled, "The request was cancelled.")
    private static let maximumHeadBytes = 64 << 10
    private static let connectMilliseconds = 10_000
    /// What is read of a redirection's body before the connection is given up instead.
    private static let maximumRedirectBytes = 64 << 10

    let task: OutboundTask
    let scope: OutboundScope
    private(set) var easy: UnsafeMutableRawPointer?
    private var request: OutboundRequest
    private var target: OutboundTarget
    private let receiver: any OutboundReceiver
    private let deadline: Deadline
    private var fields: UnsafeMutablePointer<curl_slist>?
    private var resolvedNames: UnsafeMutablePointer<curl_slist>?
    private let body: UnsafeMutableBufferPointer<UInt8>
    /// A redirection may have dropped the body.
    private var sendsBody = true
    private var answer = OutboundAnswer(status: 0)
    private var headBytes = 0
    private var isHeadComplete = false
    private var bodyBytes = 0
    private var redirectCount = 0
    /// Kind of the address that the guard refused last.
    private var refusedAddress: String?
    /// What stopped the transfer from within a callback.
    private var fault: OutboundError?

    init(
        _ request: OutboundRequest, target: OutboundTarget, task: OutboundTask, scope: OutboundScope,
        receiver: any OutboundReceiver
    ) {
        self.request = request
        self.target = target
        self.task = task
        self.scope = scope
        self.receiver = receiver
        deadline = .after(.milliseconds(min(request.timeoutMilliseconds, 86_400_000)))
        body = .allocate(capacity: request.body.count)
        _ = body.initialize(from: request.body)
        self.request.body = []
    }

    deinit {
        curl_slist_free_all(fields)
        curl_slist_free_all(resolvedNames)
        body.deallocate()
    }

    /// Makes libcurl's handle; nil when there is no memory.
    func prepare() -> UnsafeMutableRawPointer? {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        let this = Unmanaged.passUnretained(self).toOpaque()
        gantry_curl_set_pointer(easy, CURLOPT_WRITEDATA, this)
        gantry_curl_set_data_function(easy, CURLOPT_WRITEFUNCTION, TransferCallbacks.body)
        gantry_curl_set_pointer(easy, CURLOPT_HEADERDATA, this)
        gantry_curl_set_data_function(easy, CURLOPT_HEADERFUNCTION, TransferCallbacks.head)
        gantry_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, this)
        gantry_curl_set_socket_function(easy, TransferCallbacks.openSocket)
        gantry_curl_set_pointer(easy, CURLOPT_SHARE, scope.connections)
        gantry_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        gantry_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Self.connectMilliseconds)
        gantry_curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        gantry_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        // What the host's environment says of proxies is for the host's operator to decide, not for libcurl.
        gantry_curl_set_text(easy, CURLOPT_PROXY, "")
        if let file = scope.policy.certificateFile { gantry_curl_set_text(easy, CURLOPT_CAINFO, file) }
        for name in scope.policy.resolvedNames { resolvedNames = curl_slist_append(resolvedNames, name) }
        if resolvedNames != nil { gantry_curl_set_list(easy, CURLOPT_RESOLVE, resolvedNames) }
        aim()
        return easy
    }

    /// Sets what differs from one hop of a redirection to the next.
    private func aim() {
        gantry_curl_set_pointer(easy, CURLOPT_CURLU, UnsafeRawPointer(target.handle))
        let remaining = (deadline.monotonicNanoseconds - Deadline.now.monotonicNanoseconds) / 1_000_000
        gantry_curl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(max(1, remaining)))
        let hasBody = sendsBody && !body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method)
        if hasBody {
            gantry_curl_set_long(easy, CURLOPT_POST, 1)
            gantry_curl_set_pointer(easy, CURLOPT_POSTFIELDS, body.baseAddress)
            gantry_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        } else {
            gantry_curl_set_long(easy, CURLOPT_HTTPGET, 1)
        }
        gantry_curl_set_long(easy, CURLOPT_NOBODY, request.method == "HEAD" ? 1 : 0)
        gantry_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method)
        curl_slist_free_all(fields)
        fields = nil
        for field in request.fields {
            // An empty value is written with a semicolon; with a colon it would remove the field.
            let isEmpty = field.value.allSatisfy { $0 == " " || $0 == "\t" }
            fields = curl_slist_append(fields, isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // What libcurl would add by itself.
        for name in ["Expect", "Content-Type"] where !has(name) { fields = curl_slist_append(fields, "\(name):") }
        if !has("User-Agent") { fields = curl_slist_append(fields, "User-Agent: Gantry") }
        gantry_curl_set_list(easy, CURLOPT_HTTPHEADER, fields)
        (answer, headBytes, isHeadComplete, bodyBytes) = (OutboundAnswer(status: 0), 0, false, 0)
    }

    private func has(_ name: String) -> Bool {
        let name = name.lowercased()
        return request.fields.contains { $0.name.lowercased() == name }
    }

    /// Goes on after a pause; may call the receiver at once.
    func resume() { curl_easy_pause(easy, CURLPAUSE_CONT) }

    /// Frees libcurl's handle and tells the receiver.
    func end(_ failure: OutboundError?) {
        if let easy { curl_easy_cleanup(easy) }
        easy = nil
        scope.end()
        receiver.finished(failure)
    }
}

extension Transfer {
    /// Takes a line of a head. False ends the transfer.
    func take(headLine line: UnsafeRawBufferPointer) -> Bool {
        if isHeadComplete { return true }
        headBytes += line.count
        guard headBytes <= Self.maximumHeadBytes else {
            return stop(.tooLarge, "The head of `\(target.place)`'s answer is larger than 64 KiB.")
        }
        let text = String(decoding: line, as: UTF8.self).trimmed
        if text.hasPrefix("HTTP/") {
            answer = OutboundAnswer(status: text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
        } else if text.isEmpty {
            if answer.status < 200 { return true }
            isHeadComplete = true
            answer.url = target.text
            if !isRedirect { receiver.received(answer) }
        } else if let colon = text.firstIndex(of: ":") {
            let value = String(text[text.index(after: colon)...]).trimmed
            answer.fields.append(OutboundRequest.Field(text[..<colon].lowercased(), value))
        }
        return true
    }

    enum BodyStep {
        case taken, pause, stop
    }

    func take(body bytes: UnsafeRawBufferPointer) -> BodyStep {
        if isRedirect {
            bodyBytes += bytes.count
            return bodyBytes <= Self.maximumRedirectBytes ? .taken : .stop
        }
        guard bodyBytes + bytes.count <= request.maximumAnswerBytes else {
            _ = stop(
                .tooLarge, "The answer of `\(target.place)` is larger than \(request.maximumAnswerBytes) bytes.")
            return .stop
        }
        guard task.take(bytes.count) else { return .pause }
        bodyBytes += bytes.count
        receiver.received(bytes)
        return .taken
    }

    /// Whether the guard lets the transfer connect to the address.
    func mayConnect(to address: UnsafePointer<sockaddr>) -> Bool {
        guard let internet = InternetAddress(address) else {
            refusedAddress = "foreign"
            return false
        }
        guard let kind = scope.policy.addresses.refusal(of: internet) else { return true }
        refusedAddress = kind
        return false
    }

    private func stop(_ code: OutboundError.Code, _ message: String) -> Bool {
        fault = OutboundError(code, message)
        return false
    }

    private var isRedirect: Bool {
        request.maximumRedirects > 0 && [301, 302, 303, 307, 308].contains(answer.status) && answer["location"] != nil
    }

    /// Prepares the next hop when the answer was a redirection that is to be followed; false when it was none. Throws
    /// when it leads to where the module may not go.
    func redirect(after result: CURLcode) throws(OutboundError) -> Bool {
        guard isHeadComplete, isRedirect, fault == nil, result == CURLE_OK || result == CURLE_WRITE_ERROR else {
            return false
        }
        redirectCount += 1
        guard redirectCount <= request.maximumRedirects else {
            throw OutboundError(
                .tooManyRedirects, "More than \(request.maximumRedirects) redirections, the last by `\(target.place)`.")
        }
        var location: UnsafeMutablePointer<CChar>?
        guard gantry_curl_get_text(easy, CURLINFO_REDIRECT_URL, &location) == CURLE_OK, let location else {
            throw OutboundError(.brokenAnswer, "`\(target.place)` redirects to what is no URL.")
        }
        let next = try OutboundTarget(String(cString: location))
        try scope.check(next)
        guard next.scheme == "https" || target.scheme == "http" else {
            throw OutboundError(.insecure, "`\(target.place)` redirects from https to http.")
        }
        let turnsToGet = answer.status == 303 || answer.status < 303 && request.method == "POST"
        if turnsToGet && request.method != "HEAD" { dropBody() }
        if !next.isSameOrigin(as: target) {
            request.fields.removeAll { ["authorization", "cookie"].contains($0.name.lowercased()) }
        }
        target = next
        aim()
        return true
    }

    /// What a redirection turns into a GET has neither a body nor what described it.
    private func dropBody() {
        request.method = "GET"
        request.fields.removeAll { $0.name.lowercased().hasPrefix("content-") }
        sendsBody = false
    }

    /// The failure that libcurl's result stands for; nil when there is none.
    func failure(of result: CURLcode) -> OutboundError? {
        if let fault { return fault }
        let place = target.place
        switch result {
        case CURLE_OK: return nil
        case CURLE_OPERATION_TIMEDOUT: return OutboundError(.timedOut, "`\(place)` did not answer in time.")
        case CURLE_COULDNT_RESOLVE_HOST: return OutboundError(.unreachable, "The name `\(place)` is unknown.")
        case CURLE_COULDNT_CONNECT:
            guard let refusedAddress else {
                return OutboundError(.unreachable, "`\(place)` takes no connection.")
            }
            return OutboundError(
                .addressNotAllowed,
                "`\(place)` leads to an address that modules may not reach (\(refusedAddress)). The operator may allow "
                    + "it under `outbound.allow` of the deployment file.")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return OutboundError(
                .insecure, "No trusted connection to `\(place)`: \(String(cString: curl_easy_strerror(result))).")
        default:
            return OutboundError(
                .brokenAnswer, "The request to `\(place)` broke: \(String(cString: curl_easy_strerror(result))).")
        }
    }
}

extension String {
    /// Without spaces and line ends around it.
    fileprivate var trimmed: String {
        let isSpace = { (character: Character) in character.isWhitespace }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
