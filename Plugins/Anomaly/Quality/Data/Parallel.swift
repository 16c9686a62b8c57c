import Dispatch

/// Work on many things at once, on as many cores as there are.
public enum Parallel {
    /// The results in the order of the elements; the first error among them is thrown.
    public static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ work: @Sendable (Element) throws -> Result
    ) throws -> [Result] {
        try [Swift.Result<Result, any Error>](unsafeUninitializedCapacity: elements.count) { buffer, count in
            // Guarded by the index: each place is written by one iteration alone, and read after all have ended.
            nonisolated(unsafe) let places = buffer
            DispatchQueue.concurrentPerform(iterations: elements.count) { index in
                places.initializeElement(at: index, to: Swift.Result { try work(elements[index]) })
            }
            count = elements.count
        }.map { try $0.get() }
    }
}
