import Glibc

/// Comparison of names as they came in a request with the names that this module knows.
enum WireName {
    /// Whether the bytes are exactly the name.
    static func matches(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
        return memcmp(base, name.utf8Start, bytes.count) == 0
    }

    /// The candidate of that name, if there is one.
    static func find<Candidate>(
        _ bytes: UnsafeRawBufferPointer, among candidates: [Candidate], by name: (Candidate) -> StaticString
    ) -> Candidate? {
        for candidate in candidates where matches(bytes, name(candidate)) {
            return candidate
        }
        return nil
    }
}
