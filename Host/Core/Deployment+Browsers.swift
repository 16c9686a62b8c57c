extension Deployment {
    /// What browsers and caches are told: whose pages may call, which version goes, what is sent compressed.
    public struct Browsers: Sendable {
        /// Turns on the security headers.
        public var isProduction = false
        /// Whether what modules answer is held against their contracts, as in the environment `test`.
        public var checksAnswers = false
        /// Whose pages may call.
        public var origins = AllowedOrigins.none
        /// Announcement that version 1 of the platform's interface goes; nil while it stays.
        public var deprecation: Deprecation?
        /// Name of the cookie that may carry a token for the stream of live events.
        public var sessionCookie = "session"
        /// Folder with the files of `/docs` and `/redoc`; nil for the one beside the executable.
        public var pagesFolder: String?
        /// Whether answers are compressed for those who accept it.
        public var compresses = true
        /// Whether answers that have no entity tag get one of their bytes.
        public var tagsAnswers = false

        /// The defaults.
        public init() {}
    }

    /// Origins whose pages may call.
    public enum AllowedOrigins: Sendable, Equatable {
        case none
        case any
        /// As browsers send them: `https://app.example.com`, with a port where it is not the scheme's own.
        case listed([String])
    }

    /// What is said about a version that goes.
    public struct Deprecation: Sendable, Equatable {
        /// When it may disappear, in seconds since 1970; nil where no date is set.
        public var sunsetSeconds: Int?
        /// Advice for people.
        public var notice: String?

        /// A deprecation without a date.
        public init() {}
    }
}

extension Deployment.Browsers {
    /// With what the process's environment says instead.
    public func with(environment: [String: String]) throws(UnreadableSetting) -> Deployment.Browsers {
        var browsers = self
        if let name = environment["ENVIRONMENT"] { browsers.checksAnswers = name == "test" }
        switch environment["ENVIRONMENT"] {
        case "production": browsers.isProduction = true
        case "development", "test": browsers.isProduction = false
        case nil: break
        default: throw UnreadableSetting("ENVIRONMENT", "it is `development`, `test` or `production`")
        }
        if let text = environment["CORS_ALLOWED_ORIGINS"] {
            guard let origins = Deployment.AllowedOrigins(text.split(separator: ",").map { Self.trimmed($0) }) else {
                throw UnreadableSetting("CORS_ALLOWED_ORIGINS", Deployment.AllowedOrigins.form)
            }
            browsers.origins = origins
        }
        if let name = environment["SESSION_COOKIE_NAME"] {
            guard Self.isCookieName(name) else { throw UnreadableSetting("SESSION_COOKIE_NAME", Self.cookieForm) }
            browsers.sessionCookie = name
        }
        switch environment["API_V1_DEPRECATED"] {
        case "true": browsers.deprecation = browsers.deprecation ?? Deployment.Deprecation()
        case "false": browsers.deprecation = nil
        case nil: break
        default: throw UnreadableSetting("API_V1_DEPRECATED", "it is `true` or `false`")
        }
        if let text = environment["API_V1_SUNSET"] {
            guard let seconds = Self.seconds(text) else {
                throw UnreadableSetting("API_V1_SUNSET", Self.instantForm)
            }
            browsers.deprecation?.sunsetSeconds = seconds
        }
        if let text = environment["API_V1_DEPRECATION_NOTICE"] {
            guard Self.isNotice(text) else {
                throw UnreadableSetting("API_V1_DEPRECATION_NOTICE", Self.noticeForm)
            }
            browsers.deprecation?.notice = text
        }
        return browsers
    }

    /// Reads `environment`, `browsers`, `versions` and `answers` of a deployment file.
    init(_ root: YAMLReader) throws {
        if let environment = root.optional("environment") {
            let environment = try environment.choice(Environment.self)
            isProduction = environment == .production
            checksAnswers = environment == .test
        }
        if let browsers = root.optional("browsers") {
            try browsers.allow(["origins", "pages", "session-cookie"])
            if let list = browsers.optional("origins") {
                guard let origins = Deployment.AllowedOrigins(try list.list().map { try $0.string() }) else {
                    throw list.error("Wrong: \(Deployment.AllowedOrigins.form).")
                }
                self.origins = origins
            }
            pagesFolder = try browsers.optional("pages")?.string()
            if let cookie = browsers.optional("session-cookie") {
                sessionCookie = try cookie.string()
                guard Self.isCookieName(sessionCookie) else { throw cookie.error("Wrong: \(Self.cookieForm).") }
            }
        }
        if let versions = root.optional("versions") {
            try versions.allow(["v1"])
            deprecation = try versions.optional("v1").flatMap(Self.deprecation)
        }
        if let answers = root.optional("answers") {
            try answers.allow(["compress", "entity-tags"])
            compresses = try answers.optional("compress")?.boolean() ?? compresses
            tagsAnswers = try answers.optional("entity-tags")?.boolean() ?? tagsAnswers
        }
    }

    private enum Environment: String, CaseIterable {
        case development
        case test
        case production
    }

    private static let cookieForm = "a cookie's name is made of ASCII letters, digits, `-` and `_`"

    private static func isCookieName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    private static let instantForm = "an instant is written `2026-12-31T23:59:59Z`"
    private static let noticeForm = "it is a text of visible ASCII characters in one line"

    private static func deprecation(_ place: YAMLReader) throws -> Deployment.Deprecation? {
        try place.allow(["deprecated", "sunset", "notice"])
        guard try place.optional("deprecated")?.boolean() ?? false else { return nil }
        var deprecation = Deployment.Deprecation()
        if let sunset = place.optional("sunset") {
            guard let seconds = seconds(try sunset.string()) else { throw sunset.error("Wrong: \(instantForm).") }
            deprecation.sunsetSeconds = seconds
        }
        if let notice = place.optional("notice") {
            guard isNotice(try notice.string()) else { throw notice.error("Wrong: \(noticeForm).") }
            deprecation.notice = try notice.string()
        }
        return deprecation
    }

    /// Whether a text can stand in a header.
    private static func isNotice(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// An instant of UTC as seconds since 1970; nil when it is written in another way.
    private static func seconds(_ text: String) -> Int? {
        let shape = Array("0000-00-00T00:00:00Z".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count == shape.count else { return nil }
        var fields = [0]
        for (byte, form) in zip(bytes, shape) {
            if form == UInt8(ascii: "0") {
                guard byte >= form, byte <= UInt8(ascii: "9") else { return nil }
                fields[fields.count - 1] = fields[fields.count - 1] * 10 + Int(byte - form)
            } else {
                guard byte == form else { return nil }
                fields.append(0)
            }
        }
        let (year, month, day) = (fields[0], fields[1], fields[2])
        guard year >= 1970, (1...12).contains(month), day >= 1, day <= daysInMonth(month, year), fields[3] < 24,
            fields[4] < 60, fields[5] < 60
        else { return nil }
        var days = day - 1
        for earlier in 1970..<year { days += daysInMonth(2, earlier) + 337 }
        for earlier in 1..<month { days += daysInMonth(earlier, year) }
        return ((days * 24 + fields[3]) * 60 + fields[4]) * 60 + fields[5]
    }

    private static func daysInMonth(_ month: Int, _ year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}

extension Deployment.AllowedOrigins {
    static let form = "origins are written `https://app.example.com`, or `*` alone for all"

    /// Nil when one of the texts is no origin.
    init?(_ texts: [String]) {
        let texts = texts.filter { !$0.isEmpty }
        if texts.isEmpty {
            self = .none
        } else if texts == ["*"] {
            self = .any
        } else {
            let origins = texts.compactMap(Self.origin)
            guard origins.count == texts.count else { return nil }
            self = .listed(origins)
        }
    }

    /// The origin as a browser sends it; nil when the text is none.
    private static func origin(_ text: String) -> String? {
        let lower = text.lowercased()
        guard let end = lower.firstRange(of: "://")?.upperBound else { return nil }
        let scheme = lower[..<end].dropLast(3)
        var host = lower[end...]
        if host.last == "/" { host.removeLast() }
        guard let first = scheme.first, first.isLetter, !host.isEmpty else { return nil }
        let schemeMarks: Set<Character> = ["+", "-", "."]
        let hostMarks: Set<Character> = [".", "-", "_", ":", "[", "]"]
        func isWord(_ text: Substring, _ marks: Set<Character>) -> Bool {
            text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || marks.contains($0)) }
        }
        guard isWord(scheme, schemeMarks), isWord(host, hostMarks) else { return nil }
        let ownPort = scheme == "https" ? ":443" : scheme == "http" ? ":80" : nil
        if let ownPort, host.hasSuffix(ownPort) { host.removeLast(ownPort.count) }
        return "\(scheme)://\(host)"
    }
}
