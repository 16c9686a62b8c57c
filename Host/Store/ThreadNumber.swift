import Glibc

/// Tells threads apart.
enum ThreadNumber {
    /// A number of the calling thread that no other living thread has; never 0.
    static var current: UInt { UInt(pthread_self()) }
}
