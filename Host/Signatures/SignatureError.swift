/// Why a signature does not count or could not be made: one sentence that an operator can act on.
public struct SignatureError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, for programs and tests.
    public enum Code: String, Sendable {
        /// The signature is no CMS message of the form that is asked for, or it ends too early.
        case unreadable
        /// It carries a content of its own instead of being detached.
        case notDetached
        /// Nobody signed.
        case unsigned
        /// A digest or a key that is too weak, or of a kind that is not accepted.
        case weak
        /// The signer's certificate is neither in the signature nor in the trust store.
        case missingCertificate
        /// The signature was not made with the certificate's key, or was altered.
        case badSignature
        /// The signature is good, but of other content.
        case otherContent
        /// No chain leads from the signer to a certificate of the trust store.
        case untrusted
        case expired
        case notYetValid
        /// An authority has revoked a certificate of the chain.
        case revoked
        /// Revocation cannot be judged: a list is missing, is out of date or was not signed by the authority.
        case noRevocationList
        /// The operator has revoked the key.
        case revokedKey
        /// The certificate is not for signing code.
        case wrongPurpose
        /// The signer is trusted, but may not sign this module.
        case wrongPublisher
        /// A certificate, key or revocation list of the operator's cannot be used.
        case unusableFile
        /// A signature could not be made.
        case failed
    }

    /// What went wrong.
    public var code: Code
    /// One or two sentences, for the operator.
    public var message: String

    /// Creates the error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
