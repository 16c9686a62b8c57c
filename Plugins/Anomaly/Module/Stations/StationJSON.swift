import AnomalyDetection
import GantryKit

/// How stations, their energy and the detector's results are sent.
enum StationJSON {
    /// A score to four digits, from 0 to 1.
    static func rounded(_ score: Double) -> Double {
        score.isFinite ? (min(max(score, 0), 1) * 10_000).rounded() / 10_000 : 0
    }

    /// Why the detector decided so: an open object with keys in snake case.
    static func details(_ result: StationFollowUp.Result, isAnomaly: Bool) -> [UInt8] {
        let verdict = result.verdict
        var writer = JSONWriter(capacity: 320)
        writer.beginObject()
        writer.key("anomaly_type")
        if isAnomaly, let kind = verdict.kind { writer.string(kind.wireName) } else { writer.null() }
        writer.key("affected_period")
        writer.string(date(result.day))
        writer.key("expected_energy_kwh")
        writer.double(verdict.expectedKilowattHours.flatMap { $0.isFinite ? thousandths(max($0, 0)) : nil })
        writer.key("actual_energy_kwh")
        writer.double(DayEnergy.kilowattHours(result.milliwattHours))
        writer.key("judged_minutes")
        writer.int(result.throughMinute ?? 1440)
        writer.key("confidence")
        writer.double(rounded(verdict.confidence))
        writer.key("evidence")
        writer.beginObject()
        let evidence = verdict.evidence
        for (name, value) in [
            ("level", evidence.level), ("silence", evidence.silence), ("peak", evidence.peak),
            ("power", evidence.power),
            ("drift", evidence.drift), ("repetition", evidence.repetition), ("profile", evidence.profile),
        ] {
            writer.key(name)
            writer.double(value.isFinite ? thousandths(value) : nil)
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// Where the detector saw something, in order of time.
    static func markers(_ result: StationFollowUp.Result) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginArray()
        for marker in result.verdict.markers.sorted(by: { $0.hour < $1.hour }) where (0..<24).contains(marker.hour) {
            writer.beginObject()
            writer.key("startMinute")
            writer.int(marker.hour * 60)
            writer.key("timestamp")
            writer.timestamp(
                milliseconds: UTCDay.start(result.day) + Int64(marker.hour) * SessionEnergy.hourMilliseconds)
            writer.key("score")
            writer.double(rounded(marker.score))
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    /// Writes a day's running total: from 0 at midnight over the end of each hour to the end of the day, or to the
    /// present moment while the day is running.
    static func cumulative(
        _ energy: DayEnergy, day: Int, nowMilliseconds now: Int64, to writer: inout JSONWriter
    ) {
        let start = UTCDay.start(day)
        // The last millisecond still belongs to the day.
        let end = min(max(now, start), UTCDay.start(day + 1) - 1)
        writer.beginArray()
        var sum: Int64 = 0
        var hour = 0
        while hour < 24, start + Int64(hour) * SessionEnergy.hourMilliseconds < end {
            point(start + Int64(hour) * SessionEnergy.hourMilliseconds, sum, to: &writer)
            sum += energy.milliwattHours[hour]
            hour += 1
        }
        point(end, sum, to: &writer)
        writer.endArray()
    }

    private static func point(_ moment: Int64, _ milliwattHours: Int64, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("timestamp")
        writer.timestamp(milliseconds: moment)
        writer.key("cumulativeKwh")
        writer.double(DayEnergy.kilowattHours(milliwattHours))
        writer.endObject()
    }

    /// Writes a result as `StationInference`.
    static func inference(
        _ stationId: String, isAnomaly: Bool, score: Double, details: [UInt8], analyzedAt: Int64,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("chargingStationId")
        writer.string(stationId)
        writer.key("isAnomaly")
        writer.bool(isAnomaly)
        writer.key("anomalyScore")
        writer.double(score)
        writer.key("detectionDetails")
        writer.raw(details)
        writer.key("analyzedAt")
        writer.timestamp(milliseconds: analyzedAt)
        writer.endObject()
    }

    /// A day as it is sent, such as `2026-06-13`.
    static func date(_ day: Int) -> String {
        String(RFC3339.string(milliseconds: UTCDay.start(day)).prefix(10))
    }

    /// A figure to the last thousandth.
    private static func thousandths(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
