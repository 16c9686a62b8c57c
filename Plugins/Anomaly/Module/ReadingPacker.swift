import AnomalyDetection

/// Makes the bytes of one segment.
struct ReadingPacker {
    private struct Kind {
        let code: UInt32
        /// Decimal places that its values need, more than there are powers for none that suffice.
        var places = 0
        var greatest = 0.0
        var last: Int64 = 0
    }

    /// Below it a value times a power of ten is rounded to the right whole number, though both were rounded before.
    private static let greatestMantissa = 0x1p50
    private static let greatestVarint = 10

    private let readings: ArraySlice<Reading>
    private var kinds: [Kind] = []
    private var kindOfReading: [Int] = []

    init(_ readings: ArraySlice<Reading>) {
        self.readings = readings
        kindOfReading.reserveCapacity(readings.count)
        for reading in readings {
            let index = index(of: reading)
            kindOfReading.append(index)
            let value = reading.value
            kinds[index].greatest = max(kinds[index].greatest, value.magnitude)
            while kinds[index].places < PackedReadings.powers.count, !Self.isExact(value, kinds[index].places) {
                kinds[index].places += 1
            }
        }
        for index in kinds.indices {
            let places = kinds[index].places
            // More places than a value needs change nothing as long as the number is not too large.
            if places == PackedReadings.powers.count
                || !(kinds[index].greatest * PackedReadings.powers[places] < Self.greatestMantissa)
            {
                kinds[index].places = Int(PackedReadings.none)
            }
        }
    }

    mutating func bytes(version: UInt8) -> [UInt8] {
        let capacity =
            1 + 2 * Self.greatestVarint + kinds.count * PackedReadings.bytesOfKind
            + readings.count * 3 * Self.greatestVarint
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            buffer[0] = version
            count = 1
            Self.write(UInt64(readings.count), buffer, &count)
            Self.write(UInt64(kinds.count), buffer, &count)
            for kind in kinds {
                withUnsafeBytes(of: kind.code.littleEndian) { for byte in $0 { Self.append(byte, buffer, &count) } }
                Self.append(UInt8(kind.places), buffer, &count)
            }
            var moment: Int64 = 0
            for (reading, kind) in zip(readings, kindOfReading) {
                let step = reading.timestampMilliseconds &- moment
                moment = reading.timestampMilliseconds
                Self.write(UInt64(kind) << 1 | (step == 0 ? 0 : 1), buffer, &count)
                if step != 0 { Self.write(Self.zigzag(step), buffer, &count) }
                if kinds[kind].places == Int(PackedReadings.none) {
                    withUnsafeBytes(of: reading.value.bitPattern.littleEndian) {
                        for byte in $0 { Self.append(byte, buffer, &count) }
                    }
                } else {
                    let number = Self.nearest(reading.value * PackedReadings.powers[kinds[kind].places])
                    Self.write(Self.zigzag(number &- kinds[kind].last), buffer, &count)
                    kinds[kind].last = number
                }
            }
        }
    }

    /// Readings of several kinds take turns, so the search begins behind the last one.
    private mutating func index(of reading: Reading) -> Int {
        let place = reading.location.rawValue | (reading.isReconstructed ? PackedReadings.reconstructed : 0)
        let code =
            UInt32(reading.measurand.rawValue) | UInt32(reading.unit?.rawValue ?? PackedReadings.none) << 8
            | UInt32(reading.phase?.rawValue ?? PackedReadings.none) << 16 | UInt32(place) << 24
        let last = kindOfReading.last ?? -1
        for step in kinds.indices {
            let index = (last + 1 + step) % kinds.count
            if kinds[index].code == code { return index }
        }
        kinds.append(Kind(code: code))
        return kinds.count - 1
    }

    /// Whether the value comes back from so many decimal places, bit for bit.
    private static func isExact(_ value: Double, _ places: Int) -> Bool {
        let power = PackedReadings.powers[places]
        guard (value * power).magnitude < greatestMantissa else { return false }
        return (Double(nearest(value * power)) / power).bitPattern == value.bitPattern
    }

    /// The nearest whole number; cutting is one instruction where rounding is a call.
    private static func nearest(_ value: Double) -> Int64 { Int64(value + (value < 0 ? -0.5 : 0.5)) }

    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

    private static func append(_ byte: UInt8, _ buffer: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) {
        buffer[count] = byte
        count += 1
    }

    private static func write(_ value: UInt64, _ buffer: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80, buffer, &count)
            rest >>= 7
        }
        append(UInt8(rest), buffer, &count)
    }
}
