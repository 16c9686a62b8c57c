import CGantry

/// What the host is given instead of the address of an object: a number that leads to it until it is redeemed, so that
/// a host that completes something twice, or long after it has refused it, reaches nothing.
enum Ticket {
    private struct Slot {
        var generation: UInt32 = 1
        var object: AnyObject?
    }

    private struct State {
        var slots: [Slot] = []
        var free: [Int] = []
    }

    private static let state = Monitor(State())

    /// A ticket for `object`, which is kept until the ticket is redeemed.
    static func issue(_ object: AnyObject) -> UnsafeMutableRawPointer {
        let number = state.withLock { state in
            let index: Int
            if let last = state.free.popLast() {
                index = last
            } else {
                index = state.slots.count
                state.slots.append(Slot())
            }
            state.slots[index].object = object
            return UInt(state.slots[index].generation) << 32 | UInt(index + 1)
        }
        // The index is counted from 1, so no ticket is 0.
        return UnsafeMutableRawPointer(bitPattern: number).unsafelyUnwrapped
    }

    /// The object, once: whoever redeems a ticket first has it alone.
    static func redeem<Value: AnyObject>(_ ticket: UnsafeMutableRawPointer?, as type: Value.Type) -> Value? {
        state.withLock { state in
            guard let index = find(ticket, in: state), let object = cast(state.slots[index].object, type) else {
                return nil
            }
            state.slots[index].object = nil
            state.slots[index].generation &+= 1
            state.free.append(index)
            return object
        }
    }

    /// The object while its ticket is not redeemed.
    static func object<Value: AnyObject>(_ ticket: UnsafeMutableRawPointer?, as type: Value.Type) -> Value? {
        state.withLock { state in find(ticket, in: state).flatMap { cast(state.slots[$0].object, type) } }
    }

    private static func find(_ ticket: UnsafeMutableRawPointer?, in state: borrowing State) -> Int? {
        let number = UInt(bitPattern: ticket)
        let index = Int(number & 0xFFFF_FFFF) - 1
        guard index >= 0, index < state.slots.count, state.slots[index].generation == UInt32(number >> 32) else {
            return nil
        }
        return index
    }

    /// Of this very type; all that have tickets are of final classes.
    private static func cast<Value: AnyObject>(_ object: AnyObject?, _ type: Value.Type) -> Value? {
        guard let object, Swift.type(of: object) == type else { return nil }
        return unsafeDowncast(object, to: type)
    }
}
