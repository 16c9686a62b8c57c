import AnomalyDetection
import GantryKit

/// How readings lie in the database: in segments of up to 1,024, in order of time.
///
/// A segment is one byte for the version of the format, 2, and numbers of seven bits a byte, least first (LEB128): how
/// many readings there are, how many kinds of them; then for each kind five bytes:
///
///     0  code of the measurand
///     1  code of the unit, 255 for none
///     2  code of the phase, 255 for the total
///     3  code of the location in bits 0 to 6; bit 7: reconstructed
///     4  decimal places of its values, 0 to 6, or 255
///
/// Then for each reading twice the number of its kind, plus one when its moment differs from the one before; the
/// difference, in milliseconds; and its value less the one before of its kind, both in the kind's last decimal place.
/// What may be negative has its sign in the lowest bit. Values of kinds without decimal places take eight bytes each.
/// A meter's readings take about four bytes each; what is read is bit for bit what was stored.
///
/// Version 1, which is still read, had 20 bytes for each: moment, value, and the first four of a kind's bytes.
enum PackedReadings {
    /// Readings in a full segment.
    static let segmentCount = 1024
    static let none: UInt8 = 255
    static let reconstructed: UInt8 = 0x80
    static let bytesOfKind = 5
    static let powers: [Double] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]
    private static let firstVersion: UInt8 = 1
    private static let version: UInt8 = 2
    private static let firstStride = 20

    /// The number of segments that so many readings take.
    static func segments(_ count: Int) -> Int {
        (count + segmentCount - 1) / segmentCount
    }

    /// Packs one segment of a series.
    static func pack(_ readings: [Reading], segment: Int) -> [UInt8] {
        let start = segment * segmentCount
        var packer = ReadingPacker(readings[start..<min(start + segmentCount, readings.count)])
        return packer.bytes(version: version)
    }

    /// Hands each reading of a segment to `body`, in order; throws when the bytes are not of this format.
    static func forEach(_ segment: UnsafeBufferPointer<UInt8>, _ body: (Reading) -> Void) throws {
        let bytes = UnsafeRawBufferPointer(segment)
        switch bytes.first {
        case firstVersion: try forEachOfFirst(bytes, body)
        case version:
            var unpacker = ReadingUnpacker(UnsafeRawBufferPointer(rebasing: bytes[1...]))
            guard unpacker.forEach(body) else { throw damaged() }
        default: throw damaged()
        }
    }

    /// A reading of this kind, at no moment and without a value; nil when the codes are of none.
    static func reading(measurand: UInt8, unit: UInt8, phase: UInt8, place: UInt8) -> Reading? {
        guard let measurand = Measurand(rawValue: measurand), let location = Location(rawValue: place & ~reconstructed)
        else { return nil }
        return Reading(
            timestampMilliseconds: 0, value: 0, measurand: measurand, unit: unit == none ? nil : Unit(rawValue: unit),
            phase: phase == none ? nil : Phase(rawValue: phase), location: location,
            isReconstructed: place & reconstructed != 0)
    }

    private static func forEachOfFirst(_ bytes: UnsafeRawBufferPointer, _ body: (Reading) -> Void) throws {
        guard bytes.count % firstStride == 1 else { throw damaged() }
        for offset in Swift.stride(from: 1, to: bytes.count, by: firstStride) {
            guard
                var reading = reading(
                    measurand: bytes[offset + 16], unit: bytes[offset + 17], phase: bytes[offset + 18],
                    place: bytes[offset + 19])
            else { throw damaged() }
            reading.timestampMilliseconds = Int64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
            reading.value = Double(
                bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
            body(reading)
        }
    }

    private static func damaged() -> HostError {
        HostError(.failed, message: "Stored readings are not of a format that this version of the module knows.")
    }
}
