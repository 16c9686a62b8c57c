public import Synchronization

/// A reference that is set once and then left as it is. Any thread; nothing waits.
///
/// It is what `AtomicLazyReference` is, but can be inlined: that one asks for its type's metadata at each load, which
/// costs more than everything else that most holders do.
public struct OnceReference<Object: AnyObject & Sendable>: ~Copyable, @unchecked Sendable {
    // Guard: the address is atomic, and what it leads to lives as long as this.

    /// Address of the object; 0 while there is none.
    @usableFromInline let address = Atomic<UInt>(0)

    /// Creates an empty reference.
    @inlinable
    public init() {}

    deinit {
        if let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) {
            Unmanaged<Object>.fromOpaque(pointer).release()
        }
    }

    /// The object; nil while there is none.
    @inlinable
    public func load() -> Object? {
        guard let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) else { return nil }
        return Unmanaged<Object>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Sets the object unless there is one; gives the one that is there now.
    public func storeIfNil(_ object: consuming Object) -> Object {
        let own = Unmanaged.passRetained(object)
        let (isStored, original) = address.compareExchange(
            expected: 0, desired: UInt(bitPattern: own.toOpaque()), ordering: .acquiringAndReleasing)
        if isStored { return own.takeUnretainedValue() }
        own.release()
        guard let pointer = UnsafeRawPointer(bitPattern: original) else {
            preconditionFailure("an exchange fails only where something else is")
        }
        return Unmanaged<Object>.fromOpaque(pointer).takeUnretainedValue()
    }
}
