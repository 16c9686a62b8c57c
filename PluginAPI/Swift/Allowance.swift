/// What a caller has left of a rate limit.
public struct Allowance: Hashable, Sendable {
    /// Requests of a whole window.
    public let limit: Int
    /// Requests that are left in the running one.
    public let remaining: Int
    /// Unix time in seconds at which the running window ends; before its first request, that of one which would begin
    /// now.
    public let resetSeconds: Int64
    /// The setting, such as `5/hour`.
    public let window: String

    /// Reads it as the host writes it: the four, with a space between them.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 4, let limit = Int(parts[0]), let remaining = Int(parts[1]), let reset = Int64(parts[2])
        else { return nil }
        self.limit = limit
        self.remaining = remaining
        resetSeconds = reset
        window = String(parts[3])
    }
}
