import GantryKit

/// Delivered energy of one connector, or of a station, in the hours of one day.
///
/// In the database: one byte for the version of the format, 1, then 12 bytes for each of the 24 hours, little-endian:
/// milliwatt-hours as a signed integer of 8 bytes, and in 4 bytes the number of sessions whose register of imported
/// energy was read in that hour.
struct DayEnergy {
    private static let version: UInt8 = 1
    private static let stride = 12
    private static let size = 1 + 24 * stride
    private static let milliwattHoursOfKilowattHour = 1_000_000.0

    /// What was delivered in each hour, in milliwatt-hours.
    private(set) var milliwattHours = InlineArray<24, Int64>(repeating: 0)
    /// The number of sessions with a reading of their register in each hour.
    private(set) var readers = InlineArray<24, Int32>(repeating: 0)

    /// No energy and no readings.
    init() {}

    /// Reads what `packed` made; throws when the bytes are not of this format.
    init(packed bytes: UnsafeBufferPointer<UInt8>) throws {
        let raw = try Self.checked(bytes)
        for hour in 0..<24 {
            milliwattHours[hour] = Self.milliwattHours(raw, hour)
            let offset = 1 + hour * Self.stride + 8
            readers[hour] = Int32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        }
    }

    /// Adds the energy of what `packed` made to the kWh of hours, and returns its sum in milliwatt-hours; for
    /// histories, where thousands of days are read.
    ///
    /// - Parameters:
    ///   - end: Only the hours before this one are looked at.
    ///   - hours: The day's hours.
    static func add(
        packed bytes: UnsafeBufferPointer<UInt8>, before end: Int,
        to hours: inout Slice<UnsafeMutableBufferPointer<Float>>
    ) throws -> Int64 {
        let raw = try checked(bytes)
        var sum: Int64 = 0
        for hour in 0..<end {
            let energy = milliwattHours(raw, hour)
            sum += energy
            hours[hours.startIndex + hour] += Float(kilowattHours(energy))
        }
        return sum
    }

    private static func checked(_ bytes: UnsafeBufferPointer<UInt8>) throws -> UnsafeRawBufferPointer {
        guard bytes.count == size, bytes[0] == version else {
            throw HostError(.failed, message: "A station's stored energy is not of a format that this version knows.")
        }
        return UnsafeRawBufferPointer(bytes)
    }

    private static func milliwattHours(_ raw: UnsafeRawBufferPointer, _ hour: Int) -> Int64 {
        Int64(littleEndian: raw.loadUnaligned(fromByteOffset: 1 + hour * stride, as: Int64.self))
    }

    /// The bytes that are stored.
    var packed: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
            buffer[0] = Self.version
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            for hour in 0..<24 {
                let offset = 1 + hour * Self.stride
                bytes.storeBytes(of: milliwattHours[hour].littleEndian, toByteOffset: offset, as: Int64.self)
                bytes.storeBytes(of: readers[hour].littleEndian, toByteOffset: offset + 8, as: Int32.self)
            }
            count = Self.size
        }
    }

    /// The number of hours with a reading.
    var hoursRead: Int { (0..<24).count { readers[$0] > 0 } }

    /// Whether nothing is left.
    var isEmpty: Bool { (0..<24).allSatisfy { readers[$0] == 0 && milliwattHours[$0] == 0 } }

    /// The hours from the first to the last with a reading or a delivery; nil when there is none.
    var span: ClosedRange<Int>? {
        let hours = (0..<24).filter { readers[$0] > 0 || milliwattHours[$0] > 0 }
        return hours.first.flatMap { first in hours.last.map { first...$0 } }
    }

    /// What was delivered in the hours before one, in milliwatt-hours.
    func total(before hour: Int) -> Int64 { (0..<hour).reduce(0) { $0 + milliwattHours[$1] } }

    /// Milliwatt-hours as kWh.
    static func kilowattHours(_ milliwattHours: Int64) -> Double {
        Double(milliwattHours) / milliwattHoursOfKilowattHour
    }

    /// Takes a session's energy away and adds what has become of it; returns whether that changes anything.
    mutating func change(day: Int, from old: SessionEnergy, to new: SessionEnergy) -> Bool {
        var isChanged = false
        for hour in 0..<24 {
            let before = old.hour(day * 24 + hour)
            let after = new.hour(day * 24 + hour)
            guard before != after else { continue }
            isChanged = true
            milliwattHours[hour] += (after?.milliwattHours ?? 0) - (before?.milliwattHours ?? 0)
            readers[hour] += (after?.isRead == true ? 1 : 0) - (before?.isRead == true ? 1 : 0)
        }
        return isChanged
    }

    /// Adds another connector's energy.
    mutating func add(_ other: DayEnergy) {
        for hour in 0..<24 {
            milliwattHours[hour] += other.milliwattHours[hour]
            readers[hour] += other.readers[hour]
        }
    }
}
