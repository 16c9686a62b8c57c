import GantryKit

/// What lists need of a few hundred neighbouring sessions, in the order of the list: newest first, ties by identifier.
///
/// Three columns of numbers, little-endian: `verdicts` with 4 bytes for each session (`VerdictCode`); `places`
/// with 4 (the number of its station and EVSE in `session_places`), and `times` with 8 (when it was created,
/// milliseconds since 1970). So half a million sessions are searched in the time that an index needs for thousands.
struct SessionBlock {
    /// Sessions in a block, except where more of them were created within one millisecond.
    static let usualCount = 480
    /// Sessions from which on a block that grew is divided.
    static let greatestCount = 640

    /// When each session was created.
    private(set) var times: [Int64] = []
    /// Bits of each session's verdict.
    private(set) var codes: [UInt32] = []
    /// The number of each session's place.
    private(set) var places: [UInt32] = []

    /// Adds a session behind the others.
    mutating func append(createdAt: Int64, code: VerdictCode, place: UInt32) {
        times.append(createdAt)
        codes.append(code.bits)
        places.append(place)
    }

    /// Ranges of about equal length, none longer than it must be. Sessions of one millisecond stay together.
    func parts() -> [Range<Int>] {
        guard times.count > Self.greatestCount else { return times.isEmpty ? [] : [0..<times.count] }
        let count = (times.count + Self.usualCount - 1) / Self.usualCount
        let length = (times.count + count - 1) / count
        var parts: [Range<Int>] = []
        var start = 0
        while start < times.count {
            var end = min(start + length, times.count)
            while end < times.count, times[end] == times[end - 1] { end += 1 }
            parts.append(start..<end)
            start = end
        }
        return parts
    }

    /// The stored form of a column.
    static func pack(_ values: ArraySlice<some FixedWidthInteger>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 8)
        for value in values {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// The number at `index` of a stored column, which must have it.
    @inline(__always)
    static func value<Value: FixedWidthInteger>(
        _ column: UnsafeRawBufferPointer, _ index: Int, as type: Value.Type
    ) -> Value {
        let width = MemoryLayout<Value>.size
        return Value(littleEndian: column.loadUnaligned(fromByteOffset: index * width, as: Value.self))
    }

    /// All numbers of a stored column.
    static func unpack<Value: FixedWidthInteger>(_ column: UnsafeRawBufferPointer, as type: Value.Type) -> [Value] {
        (0..<column.count / MemoryLayout<Value>.size).map { value(column, $0, as: type) }
    }
}

/// The newest verdict on a session in four bytes: bit 31 is set when there is one, bit 30 when it is anomalous; bits 14
/// to 27 are the score and bits 0 to 13 the confidence, in ten-thousandths, which is as finely as they are kept.
struct VerdictCode: Equatable {
    static let judged: UInt32 = 1 << 31
    static let anomalous: UInt32 = 1 << 30
    static let numberMask: UInt32 = 0x3FFF
    static let scoreShift: UInt32 = 14
    static let steps = 10_000.0

    /// As it is stored.
    let bits: UInt32

    /// The code of a verdict, or of there being none.
    init(_ verdict: StoredVerdict?) {
        self.init(isAnomaly: verdict?.isAnomaly, score: verdict?.score, confidence: verdict?.confidence)
    }

    /// The code of the columns of a session's row, null when it was never judged.
    init(isAnomaly: Bool?, score: Double?, confidence: Double?) {
        guard let isAnomaly, let score, let confidence else {
            bits = 0
            return
        }
        bits =
            Self.judged | (isAnomaly ? Self.anomalous : 0) | Self.number(score) << Self.scoreShift
            | Self.number(confidence)
    }

    /// Whether there is a verdict, and what it says.
    var isAnomaly: Bool? { bits & Self.judged == 0 ? nil : bits & Self.anomalous != 0 }

    private static func number(_ value: Double) -> UInt32 {
        UInt32((min(max(value, 0), 1) * steps).rounded())
    }
}

/// A condition on verdicts, in the terms of their codes.
struct VerdictTest {
    private let mask: UInt32
    private let pattern: UInt32
    private let leastScore: UInt32
    private let leastConfidence: UInt32

    /// A condition that a verdict exists and is at least so; nil where anything goes.
    init(isAnomaly: Bool?, leastScore: Double?, leastConfidence: Double?) {
        mask = VerdictCode.judged | (isAnomaly == nil ? 0 : VerdictCode.anomalous)
        pattern = VerdictCode.judged | (isAnomaly == true ? VerdictCode.anomalous : 0)
        self.leastScore = Self.least(leastScore)
        self.leastConfidence = Self.least(leastConfidence)
    }

    /// Whether a verdict with these bits meets the condition.
    @inline(__always)
    func accepts(_ bits: UInt32) -> Bool {
        (bits & mask == pattern)
            && ((bits >> VerdictCode.scoreShift) & VerdictCode.numberMask >= leastScore)
            && (bits & VerdictCode.numberMask >= leastConfidence)
    }

    /// The first number of ten-thousandths that is not below `bound`, by the comparison that the database makes.
    private static func least(_ bound: Double?) -> UInt32 {
        guard let bound, bound > 0 else { return 0 }
        var number = (min(bound, 1) * VerdictCode.steps).rounded(.up)
        if number > 0, (number - 1) / VerdictCode.steps >= bound { number -= 1 }
        if number / VerdictCode.steps < bound { number += 1 }
        return UInt32(number)
    }
}
