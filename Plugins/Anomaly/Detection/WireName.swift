/// Comparison of names as they came in a request with the names that this module knows.
enum WireName {
    /// Whether the bytes are exactly the name.
    static func matches(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        let length = name.utf8CodeUnitCount
        guard bytes.count == length else { return false }
        let expected = name.utf8Start
        for index in 0..<length where bytes[index] != expected[index] {
            return false
        }
        return true
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
