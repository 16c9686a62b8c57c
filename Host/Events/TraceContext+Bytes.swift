import GantryCore

extension TraceContext {
    /// A context from its 24 bytes, or 25 when it is recorded; one that is not traced from any other number.
    init(bytes: UnsafeRawBufferPointer) {
        self.init()
        guard bytes.count == 24 || bytes.count == 25 else { return }
        traceIDHigh = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        traceIDLow = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        spanID = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        isSampled = bytes.count == 25 && bytes[24] & 1 != 0
    }

    /// The bytes, as the tables hold them; none when nothing is traced.
    var bytes: [UInt8] {
        if traceIDHigh == 0 && traceIDLow == 0 { return [] }
        return withUnsafeBytes(of: (traceIDHigh.bigEndian, traceIDLow.bigEndian, spanID.bigEndian)) { Array($0) }
            + (isSampled ? [1] : [])
    }
}
