import GantryCryptography
public import GantryThreads
import Glibc

/// A bucket of Amazon S3, or of a server that speaks as it does, addressed by path. All functions wait for the server;
/// any thread may call them. What fails for no fault of its own is tried again with growing waits.
public final class Bucket: Sendable {
    /// Where it is, and who signs.
    public struct Settings: Sendable {
        /// Scheme and host.
        public var endpoint: String
        /// What clients reach it by.
        public var publicEndpoint: String
        /// Region in signatures.
        public var region: String
        /// Its name.
        public var name: String
        /// In front of all names of objects.
        public var prefix: String
        /// Who signs.
        public var accessKey: String
        /// With what.
        public var secret: String
        /// Time for one answer.
        public var timeoutMilliseconds: Int64
        /// How often a request is sent again.
        public var retries: Int

        /// Where it is, and who signs.
        public init(
            endpoint: String, publicEndpoint: String, region: String, name: String, prefix: String,
            accessKey: String,
            secret: String, timeoutMilliseconds: Int64 = 30_000, retries: Int = 3
        ) {
            self.endpoint = endpoint
            self.publicEndpoint = publicEndpoint
            self.region = region
            self.name = name
            self.prefix = prefix
            self.accessKey = accessKey
            self.secret = secret
            self.timeoutMilliseconds = timeoutMilliseconds
            self.retries = retries
        }
    }

    /// What is known of an object.
    struct Description: Equatable {
        var size: Int64
        /// Changes with its bytes.
        var tag: String
    }

    /// Room for an answer that says little.
    private static let smallAnswerBytes = 1 << 20
    private static let firstWaitMilliseconds: Int64 = 100

    private let settings: Settings
    private let transport: any BucketTransport
    private let signer: BucketSigner
    private let clock: WallClock

    /// A bucket that is reached by a transport.
    public init(
        _ settings: Settings, transport: any BucketTransport,
        clock: @escaping WallClock = systemWallClock
    ) {
        self.settings = settings
        self.transport = transport
        self.clock = clock
        signer = BucketSigner(
            region: settings.region, accessKey: settings.accessKey, secret: settings.secret)
    }

    /// Stores an object as a whole.
    func put(_ object: String, contentType: String, _ bytes: [UInt8]) throws(BlobError) {
        _ = try send("PUT", object, headers: [("content-type", contentType)], body: bytes, [200])
    }

    /// Begins an object that is sent in parts, and gives the name of the upload.
    func beginParts(_ object: String, contentType: String) throws(BlobError) -> String {
        let answer = try send(
            "POST", object, query: [("uploads", "")], headers: [("content-type", contentType)], [200])
        guard let upload = answer.element("UploadId") else { throw Self.unreadable("POST") }
        return upload
    }

    /// Sends a part, and gives its tag.
    func sendPart(_ object: String, upload: String, number: Int, _ bytes: [UInt8]) throws(BlobError)
        -> String
    {
        let answer = try send(
            "PUT", object, query: [("partNumber", "\(number)"), ("uploadId", upload)], body: bytes, [200])
        guard let tag = answer.header("etag") else { throw Self.unreadable("PUT") }
        return tag
    }

    /// Makes the parts an object.
    func endParts(_ object: String, upload: String, tags: [String]) throws(BlobError) {
        let parts = tags.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag.replacing("\"", with: "&quot;"))</ETag></Part>"
        }
        let body = "<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>"
        let answer = try send(
            "POST", object, query: [("uploadId", upload)], body: Array(body.utf8), [200])
        // The status is sent before the work is done.
        if let code = answer.element("Code") { throw Self.refused("POST", answer.status, code) }
    }

    /// Throws away the parts of uploads of an object that were never made one.
    func abandonParts(_ object: String) throws(BlobError) {
        let answer = try send("GET", "", query: [("prefix", path(object)), ("uploads", "")], [200])
        let text = String(decoding: answer.body, as: UTF8.self)
        for part in text.split(separator: "<Upload>").dropFirst() {
            let entry = BucketAnswer(status: 200, headers: [], body: Array(part.utf8))
            guard let upload = entry.element("UploadId"), entry.element("Key") == path(object) else {
                continue
            }
            _ = try send("DELETE", object, query: [("uploadId", upload)], [204, 404])
        }
    }

    /// What is known of an object; nil when there is none.
    func describe(_ object: String) throws(BlobError) -> Description? {
        let answer = try send("HEAD", object, [200, 404])
        guard answer.status == 200 else { return nil }
        guard let size = answer.header("content-length").flatMap({ Int64($0) }),
            let tag = answer.header("etag")
        else {
            throw Self.unreadable("HEAD")
        }
        return Description(size: size, tag: tag)
    }

    /// Bytes of an object; nil when there is none.
    func read(_ object: String, from offset: Int64, count: Int) throws(BlobError) -> [UInt8]? {
        let range = "bytes=\(offset)-\(offset + Int64(count) - 1)"
        let answer = try send(
            "GET", object, headers: [("range", range)], [200, 206, 404], maximumAnswerBytes: count)
        return answer.status == 404 ? nil : answer.body
    }

    /// Copies an object if it is still the one that was described; false when it is not.
    func copy(_ object: String, tag: String, to target: String) throws(BlobError) -> Bool {
        let source = "/\(settings.name)/\(BucketSigner.encoded(path(object), keepingSlashes: true))"
        let answer = try send(
            "PUT", target, headers: [("x-amz-copy-source", source), ("x-amz-copy-source-if-match", tag)],
            [200, 404, 412])
        guard answer.status == 200 else { return false }
        if let code = answer.element("Code") { throw Self.refused("PUT", answer.status, code) }
        return true
    }

    /// Removes an object; one that is not there is removed.
    func remove(_ object: String) throws(BlobError) {
        _ = try send("DELETE", object, [200, 204, 404])
    }

    // MARK: Addresses for clients

    /// An address that takes an object of exactly this type and size.
    func uploadAddress(_ object: String, contentType: String, size: Int64, seconds: Int64) -> String {
        address(
            "PUT", object, seconds: seconds,
            headers: [("content-length", "\(size)"), ("content-type", contentType)])
    }

    /// An address that hands an object out.
    func downloadAddress(_ object: String, contentType: String, disposition: String, seconds: Int64)
        -> String
    {
        address(
            "GET", object, seconds: seconds,
            query: [
                ("response-content-disposition", disposition), ("response-content-type", contentType),
            ])
    }

    private func address(
        _ method: String, _ object: String, seconds: Int64, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = []
    ) -> String {
        let endpoint = settings.publicEndpoint.isEmpty ? settings.endpoint : settings.publicEndpoint
        let subject = BucketSigner.Subject(
            method: method, path: encodedPath(object), query: query,
            headers: headers + [("host", Self.authority(endpoint))])
        return "\(endpoint)\(subject.path)?\(signer.query(subject, seconds: seconds, at: clock()))"
    }

    // MARK: Requests

    private func path(_ object: String) -> String { settings.prefix + object }

    private func encodedPath(_ object: String) -> String {
        object.isEmpty
            ? "/\(settings.name)"
            : "/\(settings.name)/\(BucketSigner.encoded(path(object), keepingSlashes: true))"
    }

    /// The host as it stands in the header: a port that goes without saying is not said.
    private static func authority(_ endpoint: String) -> String {
        let isSecure = endpoint.lowercased().hasPrefix("https://")
        let host = endpoint.dropFirst(isSecure ? 8 : 7)
        let standard = isSecure ? ":443" : ":80"
        return String(host.hasSuffix(standard) ? host.dropLast(standard.utf8.count) : host)
    }

    private func send(
        _ method: String, _ object: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = [], _ expected: Set<Int>,
        maximumAnswerBytes: Int = smallAnswerBytes
    ) throws(BlobError) -> BucketAnswer {
        var wait = Self.firstWaitMilliseconds
        var attempt = 0
        while true {
            let failure: BlobError
            switch attemptOnce(method, object, query, headers, body, maximumAnswerBytes) {
            case .success(let answer):
                if expected.contains(answer.status) { return answer }
                failure = Self.refused(method, answer.status, answer.element("Code"))
            case .failure(let error): failure = error
            }
            guard failure.isPassing else { throw failure }
            guard attempt < settings.retries else { throw failure }
            attempt += 1
            Self.pause(milliseconds: wait + Int64.random(in: 0...wait))
            wait *= 2
        }
    }

    private func attemptOnce(
        _ method: String, _ object: String, _ query: [(name: String, value: String)],
        _ headers: [(name: String, value: String)], _ body: [UInt8], _ maximumAnswerBytes: Int
    ) -> Result<BucketAnswer, BlobError> {
        let now = clock()
        let hash = Cryptography.sha256(body).hexadecimal
        let own = headers + [("x-amz-content-sha256", hash), ("x-amz-date", BucketTime(now).text)]
        let subject = BucketSigner.Subject(
            method: method, path: encodedPath(object), query: query,
            headers: own + [("host", Self.authority(settings.endpoint))])
        let authorization = signer.authorization(subject, payloadHash: hash, at: now)
        let text = BucketSigner.canonicalQuery(query)
        return transport.send(
            BucketRequest(
                method: method, url: settings.endpoint + subject.path + (text.isEmpty ? "" : "?\(text)"),
                headers: own + [("authorization", authorization)], body: body,
                timeoutMilliseconds: settings.timeoutMilliseconds, maximumAnswerBytes: maximumAnswerBytes))
    }

    private static func refused(_ method: String, _ status: Int, _ code: String?) -> BlobError {
        var error = BlobError(
            .bucket, "The bucket answers \(method) with \(status)\(code.map { " \($0)" } ?? "").")
        error.isPassing = status == 429 || status >= 500
        return error
    }

    private static func unreadable(_ method: String) -> BlobError {
        BlobError(.bucket, "The bucket's answer to \(method) lacks what it must say.")
    }

    private static func pause(milliseconds: Int64) {
        var time = timespec(tv_sec: Int(milliseconds / 1000), tv_nsec: Int(milliseconds % 1000) * 1_000_000)
        var rest = timespec()
        while nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
    }
}
