import GantryCryptography

/// Signs requests to Amazon S3, and to servers that speak as it does: AWS Signature Version 4, by headers and in the
/// query. After https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html.
struct BucketSigner: Sendable {
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    let region: String
    let accessKey: String
    let secret: String

    /// What is signed.
    struct Subject {
        var method: String
        /// Path, encoded.
        var path: String
        /// Parameters of the query, not encoded.
        var query: [(name: String, value: String)] = []
        /// Names in lower case, `host` among them.
        var headers: [(name: String, value: String)]
    }

    /// The value of `Authorization` for a request whose headers are all signed.
    func authorization(_ subject: Subject, payloadHash: String, at milliseconds: Int64) -> String {
        let time = BucketTime(milliseconds)
        let names = Self.names(subject.headers)
        let signature = signature(subject, names, payloadHash, time)
        return
            "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope(time)), SignedHeaders=\(names), Signature=\(signature)"
    }

    /// The query, encoded, by which whoever has it may make the request for so many seconds.
    func query(_ subject: Subject, seconds: Int64, at milliseconds: Int64) -> String {
        let time = BucketTime(milliseconds)
        let names = Self.names(subject.headers)
        var subject = subject
        subject.query += [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "\(accessKey)/\(scope(time))"),
            ("X-Amz-Date", time.text), ("X-Amz-Expires", "\(seconds)"), ("X-Amz-SignedHeaders", names),
        ]
        let signature = signature(subject, names, Self.unsignedPayload, time)
        return Self.canonicalQuery(subject.query) + "&X-Amz-Signature=\(signature)"
    }

    private func scope(_ time: BucketTime) -> String { "\(time.day)/\(region)/s3/aws4_request" }

    private func signature(
        _ subject: Subject, _ names: String, _ payloadHash: String, _ time: BucketTime
    ) -> String {
        let headers = subject.headers.sorted { $0.name < $1.name }.map { "\($0.name):\($0.value)\n" }
            .joined()
        let canonical = [
            subject.method, subject.path, Self.canonicalQuery(subject.query), headers, names, payloadHash,
        ].joined(separator: "\n")
        let text = [
            "AWS4-HMAC-SHA256", time.text, scope(time), Cryptography.sha256(canonical).hexadecimal,
        ].joined(separator: "\n")
        var key = Array("AWS4\(secret)".utf8)
        for part in [time.day, region, "s3", "aws4_request", text] {
            key = Cryptography.hmacSHA256(Array(part.utf8), key: key).bytes
        }
        return Hexadecimal.text(key)
    }

    private static func names(_ headers: [(name: String, value: String)]) -> String {
        headers.map(\.name).sorted().joined(separator: ";")
    }

    /// A query in the order and spelling that is signed.
    static func canonicalQuery(_ parameters: [(name: String, value: String)]) -> String {
        parameters.map { (encoded($0.name), encoded($0.value)) }
            .sorted { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 < $1.0 }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case UInt8(ascii: "/") where keepingSlashes: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A moment as signatures write it, in UTC.
struct BucketTime {
    /// `20260301T100000Z`.
    let text: String
    /// `20260301`.
    var day: String { String(text.prefix(8)) }

    /// - Parameter milliseconds: Since 1970. The date is worked out as in Howard Hinnant's `civil_from_days`.
    init(_ milliseconds: Int64) {
        let seconds = Int(milliseconds / 1000)
        let (days, second) = (seconds / 86400, seconds % 86400)
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = Self.digits(year, 4) + Self.digits(month, 2) + Self.digits(day, 2)
        let time =
            Self.digits(second / 3600, 2) + Self.digits(second / 60 % 60, 2) + Self.digits(second % 60, 2)
        text = "\(date)T\(time)Z"
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}
