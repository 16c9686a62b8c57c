public import GantryCore

/// Requests that came with an `Idempotency-Key`, beside their effects in the module's database.
public protocol AnswerPort: AnyObject, Sendable {
    /// What is known of a key; waits for the database. Nil when it could not be found out.
    func find(_ key: RequestKey) -> KeyFinding?
    /// Writes the answer to the key, or with nil that it was too large. `completion` hears whether it is durable, on a
    /// thread of the database's.
    func keep(_ answer: KeptAnswer?, of key: RequestKey, completion: @escaping @Sendable (PortOutcome) -> Void)
}

/// What the host writes with a request's first commit: that it had its effect. Any thread.
public protocol EffectMark: AnyObject, Sendable {
    /// What is to be written; nil once it has been.
    var pending: RequestKey? { get }
    /// The transaction that it was written in is durable.
    func didCommit()
}

extension TransactionPort {
    /// Nowhere to note it.
    public func note(_ key: RequestKey) -> PortOutcome { PortOutcome(.unsupported) }
}
