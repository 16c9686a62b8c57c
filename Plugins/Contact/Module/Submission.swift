import GantryKit
import PlatformParts

/// What somebody has sent through the form: trimmed, and otherwise as it was sent.
struct Submission: Sendable {
    /// `CNT-` and eight digits.
    var reference = ""
    let name: String
    let email: String
    let message: String
    let subject: String?
    let phone: String?
    let company: String?
    /// A JSON object without white space.
    let extraFields: [UInt8]
    let source: String?
    /// In milliseconds since 1970.
    let submittedMilliseconds: Int64

    /// Of the body of a request that the contract check has let pass.
    init(_ body: JSONValue, submittedMilliseconds time: Int64) {
        name = body["name"].trimmedText ?? ""
        email = body["email"].trimmedText ?? ""
        message = body["message"].trimmedText ?? ""
        subject = body["subject"].trimmedText
        phone = body["phone"].trimmedText
        company = body["company"].trimmedText
        source = body["source"].trimmedText
        let extra = body["extra_fields"]
        extraFields = extra.map { $0.kind == .object ? CompactJSON.bytes($0) : Array("{}".utf8) } ?? Array("{}".utf8)
        submittedMilliseconds = time
    }

    private init(_ row: borrowing Row) throws {
        reference = try row[0]
        name = try row[1]
        email = try row[2]
        message = try row[3]
        subject = try row[4]
        phone = try row[5]
        company = try row[6]
        let extra: String = try row[7]
        extraFields = Array(extra.utf8)
        source = try row[8]
        submittedMilliseconds = try row[9]
    }

    /// The one of a reference; nil when there is none.
    static func find(_ reference: String, _ tx: borrowing Transaction) throws -> (Submission, attempts: Int)? {
        try tx.first(
            """
            SELECT reference_id, name, email, message, subject, phone, company, extra_fields, source, submitted_at,
                delivery_attempts FROM submissions WHERE reference_id = $1
            """,
            reference
        ) { row in (try Submission(row), try row[10]) }
    }

    /// Stores it; false where its reference is taken.
    func insert(_ tx: borrowing Transaction) throws -> Bool {
        let count = try tx.execute(
            """
            INSERT INTO submissions (reference_id, name, email, message, subject, phone, company, extra_fields, source,
                submitted_at, delivery_attempts)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0) ON CONFLICT (reference_id) DO NOTHING
            """,
            reference, name, email, message, subject, phone, company, SQLText(utf8: extraFields), source,
            submittedMilliseconds)
        return count == 1
    }

    /// Writes it as the contract's `ContactSubmission`.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        let texts: [(StaticString, String?)] = [
            ("reference_id", reference), ("name", name), ("email", email), ("phone", phone), ("company", company),
            ("subject", subject), ("message", message),
        ]
        for (name, value) in texts {
            writer.key(name)
            writer.string(value)
        }
        writer.key("extra_fields")
        writer.raw(extraFields)
        writer.key("source")
        writer.string(source)
        writer.key("submitted_at")
        writer.timestamp(milliseconds: submittedMilliseconds)
        writer.endObject()
    }
}
