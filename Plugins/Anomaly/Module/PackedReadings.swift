import AnomalyDetection
import GantryKit

/// How readings lie in the database: in segments of up to 1,024, in order of time.
///
/// A segment is one byte for the version of the format, 1, followed by 20 bytes for each reading, little-endian:
///
///     0  8  timestamp, milliseconds since 1970, signed
///     8  8  value, IEEE 754
///    16  1  code of the measurand
///    17  1  code of the unit, 255 for none
///    18  1  code of the phase, 255 for the total
///    19  1  code of the location in bits 0 to 6; bit 7: reconstructed
enum PackedReadings {
    /// Readings in a full segment.
    static let segmentCount = 1024
    private static let version: UInt8 = 1
    private static let stride = 20
    private static let none: UInt8 = 255
    private static let reconstructed: UInt8 = 0x80

    /// The number of segments that so many readings take.
    static func segments(_ count: Int) -> Int {
        (count + segmentCount - 1) / segmentCount
    }

    /// Packs one segment of a series.
    static func pack(_ readings: [Reading], segment: Int) -> [UInt8] {
        let start = segment * segmentCount
        let part = readings[start..<min(start + segmentCount, readings.count)]
        return [UInt8](unsafeUninitializedCapacity: 1 + part.count * stride) { buffer, count in
            buffer[0] = version
            var offset = 1
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            for reading in part {
                bytes.storeBytes(of: reading.timestampMilliseconds.littleEndian, toByteOffset: offset, as: Int64.self)
                bytes.storeBytes(
                    of: reading.value.bitPattern.littleEndian, toByteOffset: offset + 8, as: UInt64.self)
                bytes[offset + 16] = reading.measurand.rawValue
                bytes[offset + 17] = reading.unit?.rawValue ?? none
                bytes[offset + 18] = reading.phase?.rawValue ?? none
                bytes[offset + 19] = reading.location.rawValue | (reading.isReconstructed ? reconstructed : 0)
                offset += stride
            }
            count = offset
        }
    }

    /// Hands each reading of a segment to `body`, in order; throws when the bytes are not of this format.
    static func forEach(_ segment: UnsafeBufferPointer<UInt8>, _ body: (Reading) -> Void) throws {
        guard segment.first == version, segment.count % stride == 1 else { throw damaged() }
        let bytes = UnsafeRawBufferPointer(segment)
        for offset in Swift.stride(from: 1, to: segment.count, by: stride) {
            guard let measurand = Measurand(rawValue: bytes[offset + 16]),
                let location = Location(rawValue: bytes[offset + 19] & ~reconstructed)
            else { throw damaged() }
            let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            body(
                Reading(
                    timestampMilliseconds: Int64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)),
                    value: Double(bitPattern: value), measurand: measurand,
                    unit: bytes[offset + 17] == none ? nil : Unit(rawValue: bytes[offset + 17]),
                    phase: bytes[offset + 18] == none ? nil : Phase(rawValue: bytes[offset + 18]),
                    location: location, isReconstructed: bytes[offset + 19] & reconstructed != 0))
        }
    }

    private static func damaged() -> HostError {
        HostError(.failed, message: "Stored readings are not of a format that this version of the module knows.")
    }
}
