public import Foundation

/// The product refused a request, or answered something that is not understood.
public struct ChargingClientError: Error, Sendable, CustomStringConvertible {
    /// One field of a request that was refused.
    public struct Field: Decodable, Sendable, Equatable {
        /// Dotted path from the top of the body.
        public let field: String
        /// What is wrong with it.
        public let code: String
        /// A sentence for people.
        public let message: String
    }

    /// HTTP status; 0 when there was no answer.
    public let status: Int
    /// Machine-readable reason, such as `validation_failed`.
    public let reason: String
    /// A sentence for people.
    public let message: String
    /// The bad fields of a refused request; at most 50 are named.
    public let fields: [Field]
    /// What went wrong underneath, if anything.
    public let cause: (any Error)?

    /// Creates an error without fields.
    public init(status: Int, reason: String, message: String, cause: (any Error)? = nil) {
        self.status = status
        self.reason = reason
        self.message = message
        self.fields = []
        self.cause = cause
    }

    /// Reads an error from the body of an answer; a body of another shape gives the reason `unexpected_answer`.
    public init(status: Int, body: Data) {
        self.status = status
        let error = try? JSONDecoder().decode(Envelope.self, from: body).error
        reason = error?.details.reason ?? "unexpected_answer"
        message = error?.message ?? "The product answered \(status)."
        fields = error?.details.errors ?? []
        cause = nil
    }

    /// Message and reason in one line.
    public var description: String {
        let named = fields.prefix(3).map { "\($0.field): \($0.message)" }.joined(separator: " ")
        return named.isEmpty
            ? "\(message) (\(status) \(reason))" : "\(message) (\(status) \(reason)) \(named)"
    }

    private struct Envelope: Decodable {
        let error: Content

        struct Content: Decodable {
            let message: String
            let details: Details
        }

        struct Details: Decodable {
            let reason: String?
            let errors: [Field]?
        }
    }
}
