/// What a rate limit says of one request.
struct Allowance: Equatable {
    var isGranted: Bool
    /// Requests of a whole allowance.
    var limit: Int
    /// Requests left after this one.
    var remaining: Int
    /// Time until the allowance is whole again, or the window ends.
    var resetNanoseconds: Int64
    /// Time until the next request can be granted; 0 when this one was.
    var retryNanoseconds: Int64
}
