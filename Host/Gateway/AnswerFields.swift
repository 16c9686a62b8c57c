import GantryCore
import GantryServer

/// The header lines that do not depend on the request, rendered once: an answer costs one copy of them.
struct AnswerFields: Sendable {
    /// Routes that have no second version; their clients need not move anywhere.
    private let ofModules: [UInt8]
    private let first: [UInt8]
    private let second: [UInt8]
    /// Names in lower case that are the host's to send.
    private let owned: Set<String>

    init(_ browsers: Deployment.Browsers) {
        var common = ""
        var owned: Set<String> = ["content-type", "x-request-id"]
        if browsers.isProduction {
            for (name, value) in Self.production {
                common += "\(name): \(value)\r\n"
                owned.insert(name.lowercased())
            }
        }
        if case .listed = browsers.origins { common += "Vary: Origin\r\n" }
        let versions = ["v1", "v2"].map { "X-API-Version: \($0)\r\nX-API-Latest-Version: v2\r\n" }
        ofModules = Array((versions[0] + common).utf8)
        first = Array((versions[0] + common + Self.announcement(browsers.deprecation)).utf8)
        second = Array((versions[1] + common).utf8)
        self.owned = owned
    }

    /// Names and values as the platform's contract has them.
    private static let production = [
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("Content-Security-Policy", contentSecurityPolicy),
    ]

    /// What pages may load: what the host itself serves.
    static let contentSecurityPolicy = "default-src 'self'"

    private static func announcement(_ deprecation: Deployment.Deprecation?) -> String {
        guard let deprecation else { return "" }
        var lines = "Deprecation: true\r\n"
        if let seconds = deprecation.sunsetSeconds { lines += "Sunset: \(HTTPTime.text(second: seconds))\r\n" }
        if let notice = deprecation.notice { lines += "X-Deprecation-Notice: \(notice)\r\n" }
        return lines + "Link: </api/v2/>; rel=\"successor-version\"\r\n"
    }

    /// The lines of an answer.
    func lines(version: Int, isOfModule: Bool) -> [UInt8] {
        version == 2 ? second : isOfModule ? ofModules : first
    }

    /// Whether a header, by its name in lower case, is the host's to send, whatever a module says.
    func owns(_ name: String) -> Bool {
        owned.contains(name) || name.hasPrefix("x-ratelimit-") || name.hasPrefix("x-api-")
    }
}

/// Which pages of other origins may call, and what their browsers are told.
struct CrossOrigin: Sendable {
    /// Headers that scripts of other origins may read: every one that the platform's contract shares.
    private static let exposed = [
        "X-Request-ID", "X-API-Version", "X-API-Latest-Version", "X-RateLimit-Limit", "X-RateLimit-Remaining",
        "X-RateLimit-Reset", "Deprecation", "Sunset", "X-Deprecation-Notice", "Link", "X-Content-Type-Options",
        "X-Frame-Options", "Strict-Transport-Security", "Content-Security-Policy", "traceparent", "tracestate",
        "Retry-After",
    ]
    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

    private let origins: Deployment.AllowedOrigins
    private let anyLines: [UInt8]
    private let linesByOrigin: [String: [UInt8]]

    init(_ origins: Deployment.AllowedOrigins) {
        self.origins = origins
        anyLines = Self.lines("*")
        linesByOrigin =
            if case .listed(let list) = origins {
                Dictionary(list.map { ($0, Self.lines($0)) }) { first, _ in first }
            } else {
                [:]
            }
    }

    private static func lines(_ origin: String) -> [UInt8] {
        let names = exposed.joined(separator: ", ")
        return Array("Access-Control-Allow-Origin: \(origin)\r\nAccess-Control-Expose-Headers: \(names)\r\n".utf8)
    }

    /// Whether single origins are named, so that a page's cookies may come along.
    var isSelective: Bool { if case .listed = origins { true } else { false } }

    /// What an answer to a page of that origin carries; nil when its scripts may not read it.
    func lines(_ origin: String) -> [UInt8]? {
        switch origins {
        case .none: nil
        case .any: anyLines
        case .listed: linesByOrigin[origin]
        }
    }

    /// The answer to a browser that asks whether a page may send a request; nil when it is no such question, or the
    /// page may not.
    func preflight(_ method: String, _ headers: borrowing RequestHeaders) -> Failure? {
        guard method == "OPTIONS", let origin = headers.origin, headers.requestedMethod != nil, lines(origin) != nil
        else { return nil }
        var answer = Failure(204, "", "").with(header: "Access-Control-Allow-Methods: \(Self.methods)")
            .with(header: "Access-Control-Max-Age: 600")
        if let names = headers.requestedHeaders, Self.isNameList(names) {
            answer = answer.with(header: "Access-Control-Allow-Headers: \(names)")
                .with(header: "Vary: Access-Control-Request-Headers")
        }
        return answer
    }

    /// What goes back to the client must not be able to end the line.
    private static func isNameList(_ text: String) -> Bool {
        text.utf8.count <= 4096 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F || $0 == 0x20 }
    }
}
