import AnomalyDetection

/// Reads the bytes of one segment behind its version.
struct ReadingUnpacker {
    private struct Kind {
        var reading: Reading
        var power: Double
        var last: Int64
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// False when the bytes are not of the format.
    mutating func forEach(_ body: (Reading) -> Void) -> Bool {
        guard let count = number(), let kindCount = number(), kindCount <= bytes.count / PackedReadings.bytesOfKind
        else { return false }
        return withUnsafeTemporaryAllocation(of: Kind.self, capacity: Int(kindCount)) { kinds in
            for index in kinds.indices {
                guard let kind = kind() else { return false }
                kinds.initializeElement(at: index, to: kind)
            }
            var moment: Int64 = 0
            for _ in 0..<count {
                guard let code = number(), code >> 1 < kindCount else { return false }
                let index = Int(code >> 1)
                if code & 1 != 0 {
                    guard let step = signed() else { return false }
                    moment &+= step
                }
                guard let value = value(&kinds[index]) else { return false }
                var reading = kinds[index].reading
                reading.timestampMilliseconds = moment
                reading.value = value
                body(reading)
            }
            return position == bytes.count
        }
    }

    private mutating func value(_ kind: inout Kind) -> Double? {
        guard kind.power == 0 else {
            guard let difference = signed() else { return nil }
            kind.last &+= difference
            return Double(kind.last) / kind.power
        }
        guard position + 8 <= bytes.count else { return nil }
        defer { position += 8 }
        return Double(
            bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
    }

    private mutating func kind() -> Kind? {
        guard position + PackedReadings.bytesOfKind <= bytes.count else { return nil }
        defer { position += PackedReadings.bytesOfKind }
        let places = bytes[position + 4]
        guard places == PackedReadings.none || places < PackedReadings.powers.count,
            let reading = PackedReadings.reading(
                measurand: bytes[position], unit: bytes[position + 1], phase: bytes[position + 2],
                place: bytes[position + 3])
        else { return nil }
        return Kind(
            reading: reading, power: places == PackedReadings.none ? 0 : PackedReadings.powers[Int(places)], last: 0)
    }

    private mutating func signed() -> Int64? {
        number().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }

    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }
}
