import AnomalyDetection
import GantryKit

/// What a session delivered in each hour of UTC, and in which hours its register of imported energy was read: what it
/// adds to the figures of its station and connector.
///
/// Energy is counted in whole milliwatt-hours, so that sums stay exact however often sessions are added and taken away.
/// In the database, little-endian, and without any hours only the first byte:
///
///     0  1  version of the format, 1
///     1  4  number of the first hour since 1970, signed
///     5  8  for each hour from then on: milliwatt-hours times two, plus one when the register was read in it
struct SessionEnergy: Equatable {
    /// One hour of a session.
    struct Hour: Equatable {
        /// What was delivered.
        var milliwattHours: Int64
        /// Whether the register was read.
        var isRead: Bool
    }

    /// Hours in milliseconds.
    static let hourMilliseconds: Int64 = 3_600_000
    /// No energy and no readings.
    static let none = SessionEnergy()

    private static let version: UInt8 = 1
    /// Beyond anything that a session may hold; keeps sums within 64 bits.
    private static let greatestMilliwattHours = 1e15

    /// Number of the first hour since 1970.
    private(set) var firstHour = 0
    /// The hours from the first to the last in which the register was read.
    private(set) var hours: [Hour] = []

    private init() {}

    /// Sorts a session's energy into hours.
    ///
    /// - Parameters:
    ///   - readings: The session's readings, in order of time.
    ///   - delivered: What they say was delivered.
    init(_ readings: [Reading], _ delivered: DeliveredEnergy) {
        guard let first = readings.first(where: Self.isRegister), let last = readings.last(where: Self.isRegister)
        else { return }
        firstHour = Self.hour(first.timestampMilliseconds)
        let count = Self.hour(last.timestampMilliseconds) - firstHour + 1
        hours = Array(repeating: Hour(milliwattHours: 0, isRead: false), count: count)
        for reading in readings where Self.isRegister(reading) {
            hours[Self.hour(reading.timestampMilliseconds) - firstHour].isRead = true
        }
        var open = 0
        var energy = 0.0
        delivered.spread { start, kilowattHours in
            let index = Self.hour(start) - firstHour
            if index != open {
                hours[open].milliwattHours = Self.milliwattHours(energy)
                (open, energy) = (index, 0)
            }
            energy += kilowattHours
        }
        hours[open].milliwattHours = Self.milliwattHours(energy)
    }

    /// What a session adds to the figures: nothing when its status takes it out of them.
    init(_ series: ReadingSeries, _ delivered: DeliveredEnergy?, _ status: SessionStatus) {
        guard let delivered, status.isCounted else {
            self.init()
            return
        }
        self.init(series.readings, delivered)
    }

    /// Reads what `packed` made; throws when the bytes are not of this format.
    init(packed bytes: UnsafeBufferPointer<UInt8>) throws {
        guard bytes.first == Self.version, bytes.count == 1 || bytes.count % 8 == 5 else {
            throw HostError(.failed, message: "A session's stored energy is not of a format that this version knows.")
        }
        guard bytes.count > 1 else { return }
        let raw = UnsafeRawBufferPointer(bytes)
        firstHour = Int(Int32(littleEndian: raw.loadUnaligned(fromByteOffset: 1, as: Int32.self)))
        hours = stride(from: 5, to: raw.count, by: 8).map { offset in
            let value = Int64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: Int64.self))
            return Hour(milliwattHours: value >> 1, isRead: value & 1 == 1)
        }
    }

    /// The bytes that are stored.
    var packed: [UInt8] {
        guard !hours.isEmpty else { return [Self.version] }
        let size = 5 + hours.count * 8
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            buffer[0] = Self.version
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            bytes.storeBytes(of: Int32(truncatingIfNeeded: firstHour).littleEndian, toByteOffset: 1, as: Int32.self)
            for (index, hour) in hours.enumerated() {
                let value = hour.milliwattHours << 1 | (hour.isRead ? 1 : 0)
                bytes.storeBytes(of: value.littleEndian, toByteOffset: 5 + index * 8, as: Int64.self)
            }
            count = size
        }
    }

    /// The days that the hours touch; nil when there are none.
    var days: ClosedRange<Int>? {
        guard !hours.isEmpty else { return nil }
        return UTCDay.ofHour(firstHour)...UTCDay.ofHour(firstHour + hours.count - 1)
    }

    /// The days from the first to the last that this or another session's energy touches; nil when neither has any.
    func days(with other: SessionEnergy) -> ClosedRange<Int>? {
        guard let days, let others = other.days else { return days ?? other.days }
        return min(days.lowerBound, others.lowerBound)...max(days.upperBound, others.upperBound)
    }

    /// Whether an hour lies in a day.
    func touches(_ day: Int) -> Bool { days?.contains(day) == true }

    /// The hour with a number; nil where the session has none.
    func hour(_ number: Int) -> Hour? {
        let index = number - firstHour
        return hours.indices.contains(index) ? hours[index] : nil
    }

    private static func isRegister(_ reading: Reading) -> Bool { reading.measurand == .energyActiveImportRegister }

    private static func hour(_ milliseconds: Int64) -> Int { Int(UTCDay.quotient(milliseconds, hourMilliseconds)) }

    private static func milliwattHours(_ kilowattHours: Double) -> Int64 {
        guard kilowattHours.isFinite else { return 0 }
        return Int64(min(max(kilowattHours * 1_000_000, 0), greatestMilliwattHours).rounded())
    }
}
