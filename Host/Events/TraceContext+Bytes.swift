import GantryCore

extension TraceContext {
    /// A context from its 24 bytes; one that is not traced when there are more or fewer.
    init(bytes: UnsafeRawBufferPointer) {
        self.init()
        guard bytes.count == 24 else { return }
        traceIDHigh = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        traceIDLow = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        spanID = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
    }

    /// The 24 bytes, as the tables hold them; none when nothing is traced.
    var bytes: [UInt8] {
        if traceIDHigh == 0 && traceIDLow == 0 { return [] }
        return withUnsafeBytes(of: (traceIDHigh.bigEndian, traceIDLow.bigEndian, spanID.bigEndian)) { Array($0) }
    }
}
