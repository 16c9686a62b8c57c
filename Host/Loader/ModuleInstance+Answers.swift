import GantryCore

extension ModuleInstance {
    /// Its requests that came with an `Idempotency-Key`; nil where it takes no keys.
    public var answers: (any AnswerPort)? { isGranted(.database) ? ports.services.answers : nil }
}
