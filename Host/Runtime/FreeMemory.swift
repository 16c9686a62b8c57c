import Glibc

/// The allocator's memory that nobody uses.
enum FreeMemory {
    private typealias Trim = @convention(c) (Int) -> Int32

    /// Gives it back to the system, as far as the C library knows how to.
    static func giveBack() {
        // Swift does not see the header that declares `malloc_trim`, and not every C library has the function.
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(symbol, to: Trim.self)(0)
    }
}
