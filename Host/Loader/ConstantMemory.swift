/// Memory at a fixed address that is written once, before it is shared, and never again; C reads it.
final class ConstantMemory<Element: BitwiseCopyable>: @unchecked Sendable {
    // Sendable because nothing writes after `init`.
    private let memory: UnsafeMutableBufferPointer<Element>

    init(_ elements: some Collection<Element>) {
        // At least one element, so that there is an address also for nothing.
        memory = .allocate(capacity: max(1, elements.count))
        _ = memory.initialize(fromContentsOf: elements)
        count = elements.count
    }

    deinit { memory.deallocate() }

    let count: Int

    /// Valid as long as this object.
    var start: UnsafePointer<Element> {
        guard let start = UnsafePointer(memory.baseAddress) else {
            preconditionFailure("An allocation has an address.")
        }
        return start
    }

    /// Valid as long as this object.
    var buffer: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: start, count: count) }
}
