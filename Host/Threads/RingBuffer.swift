/// A first-in-first-out queue that reuses its storage.
struct RingBuffer<Element> {
    private var storage: ContiguousArray<Element?> = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        if count == storage.count { grow() }
        storage[(head + count) & (storage.count - 1)] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = storage[head].take()
        head = (head + 1) & (storage.count - 1)
        count -= 1
        return element
    }

    private mutating func grow() {
        // Sizes are powers of two, so that positions wrap with a mask.
        var larger = ContiguousArray<Element?>(repeating: nil, count: max(16, storage.count * 2))
        for position in 0..<count {
            larger[position] = storage[(head + position) & (storage.count - 1)].take()
        }
        storage = larger
        head = 0
    }
}
