/// Why a module's worker is not started now.
struct WorkerUnavailable: Error, CustomStringConvertible {
    var description: String
    /// CLOCK_MONOTONIC from which on another start is worth a try; `Int64.max` for never, before an operator says so.
    var retryNanoseconds: Int64
}
