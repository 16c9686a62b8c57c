import AnomalyDetection
import GantryKit

/// Writes stored readings one after the other as they are sent.
///
/// Neighbours mostly share their moment, and a series has few kinds of readings, so both are made into text once and
/// then copied: that takes a third of the time of writing each member anew.
struct ReadingWriter {
    /// All that does not differ between the readings of one kind.
    private struct Kind {
        let code: UInt64
        let members: [UInt8]
    }

    /// Kinds that are remembered; a series of more of them begins again.
    private static let greatestKinds = 64

    private var kinds: [Kind] = []
    private var lastKind = 0
    private var moment: (milliseconds: Int64, json: [UInt8])?

    /// Writes one reading as an element of the array that is open.
    mutating func write(_ reading: Reading, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("timestamp")
        if let moment, moment.milliseconds == reading.timestampMilliseconds {
            writer.raw(moment.json)
        } else {
            var json = JSONWriter(capacity: 32)
            json.timestamp(milliseconds: reading.timestampMilliseconds)
            moment = (reading.timestampMilliseconds, json.bytes)
            writer.raw(json.bytes)
        }
        writer.key("value")
        writer.double(reading.value)
        lastKind = index(of: reading)
        writer.members(kinds[lastKind].members)
        writer.endObject()
    }

    /// Readings of several kinds take turns, so the search begins behind the last one.
    private mutating func index(of reading: Reading) -> Int {
        let code = Self.code(of: reading)
        for step in kinds.indices {
            let index = (lastKind + 1 + step) % kinds.count
            if kinds[index].code == code { return index }
        }
        if kinds.count == Self.greatestKinds { kinds.removeAll(keepingCapacity: true) }
        kinds.append(Kind(code: code, members: Self.members(of: reading)))
        return kinds.count - 1
    }

    private static func code(of reading: Reading) -> UInt64 {
        // One more than a byte holds stands for none.
        let unit = reading.unit.map { UInt64($0.rawValue) } ?? 0x100
        let phase = reading.phase.map { UInt64($0.rawValue) } ?? 0x100
        let flag: UInt64 = reading.isReconstructed ? 1 : 0
        return flag << 48 | unit << 32 | phase << 16 | UInt64(reading.measurand.rawValue) << 8
            | UInt64(reading.location.rawValue)
    }

    private static func members(of reading: Reading) -> [UInt8] {
        var writer = JSONWriter(capacity: 160)
        writer.key("measurand")
        writer.string(reading.measurand.wireName)
        writer.key("unit")
        if let unit = reading.unit { writer.string(unit.wireName) } else { writer.null() }
        writer.key("phase")
        if let phase = reading.phase { writer.string(phase.wireName) } else { writer.null() }
        writer.key("location")
        writer.string(reading.location.wireName)
        writer.key("reconstructed")
        writer.bool(reading.isReconstructed)
        return writer.bytes
    }
}
