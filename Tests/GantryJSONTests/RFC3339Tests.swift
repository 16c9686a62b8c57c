import GantryJSON
import Testing

@Suite("RFC 3339 timestamps")
struct RFC3339Tests {
    @Test(
        "reads timestamps with an offset",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-06-14T05:03:00Z", 1_781_413_380_000),
            ("2026-06-14T07:03:00+02:00", 1_781_413_380_000), ("2026-06-13T22:03:00.5-07:00", 1_781_413_380_500),
            ("2026-06-14t05:03:00z", 1_781_413_380_000), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-06-14T05:03:00.1239999Z", 1_781_413_380_123), ("2024-02-29T00:00:00-00:00", 1_709_164_800_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ])
    func reading(text: String, milliseconds: Int64) {
        #expect(RFC3339.milliseconds(text) == milliseconds)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "2026-06-14", "2026-06-14T05:03:00", "2026-06-14 05:03:00Z", "2026-06-14T05:03Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-06-00T00:00:00Z", "2026-06-14T24:00:00Z", "2026-06-14T05:60:00Z", "2026-06-14T05:03:61Z",
            "2026-06-14T05:03:00.Z", "2026-06-14T05:03:00,5Z", "2026-06-14T05:03:00+2:00", "2026-06-14T05:03:00+0200",
            "2026-06-14T05:03:00+24:00", "2026-06-14T05:03:00+02:60", "2026-06-14T05:03:00Zx", "2026-06-14T05:03:00 Z",
            "+026-06-14T05:03:00Z", "2026-06-14T05:03:00.123", "2026-6-14T05:03:00Z0", "２０２６-06-14T05:03:00Z",
        ])
    func refusing(text: String) {
        #expect(RFC3339.milliseconds(text) == nil)
    }

    @Test("the form that is read eight bytes at a time has the meaning of the one that is not")
    func forms() {
        var generator = SplitMix(state: 3)
        var readable = 0
        for round in 0..<20_000 {
            let numbers = [13, 32, 24, 60, 61].map { maximum in
                let number = Int.random(in: 0...maximum, using: &generator)
                return number < 10 ? "0\(number)" : "\(number)"
            }
            let year = Int.random(in: 1000...9999, using: &generator)
            var text = Array("\(year)-\(numbers[0])-\(numbers[1])T\(numbers[2]):\(numbers[3]):\(numbers[4])Z".utf8)
            if round % 2 == 0 {
                text[Int.random(in: 0..<19, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let plain = text.withUnsafeBufferPointer { RFC3339.milliseconds($0) }
            text[19] = UInt8(ascii: "z")
            #expect(plain == text.withUnsafeBufferPointer { RFC3339.milliseconds($0) }, "\(text)")
            if plain != nil { readable += 1 }
        }
        #expect(readable > 5000)
    }

    @Test("a leap second is clamped at the end of a UTC day and refused elsewhere")
    func leapSeconds() {
        #expect(RFC3339.milliseconds("2016-12-31T23:59:60Z") == RFC3339.milliseconds("2016-12-31T23:59:59.999Z"))
        #expect(RFC3339.milliseconds("2016-12-31T15:59:60.5-08:00") == 1_483_228_799_999)
        #expect(RFC3339.milliseconds("2016-12-31T22:59:60Z") == nil)
        #expect(RFC3339.milliseconds("2016-12-31T23:59:60+01:00") == nil)
    }

    @Test("writes the fraction only when there is one")
    func writing() {
        #expect(RFC3339.string(milliseconds: 1_781_413_380_000) == "2026-06-14T05:03:00Z")
        #expect(RFC3339.string(milliseconds: 1_781_413_380_123) == "2026-06-14T05:03:00.123Z")
        #expect(RFC3339.string(milliseconds: 1_781_413_380_007) == "2026-06-14T05:03:00.007Z")
        #expect(RFC3339.string(milliseconds: -1) == "1969-12-31T23:59:59.999Z")
        #expect(RFC3339.string(milliseconds: 951_825_600_000) == "2000-02-29T12:00:00Z")
    }

    @Test("what is written reads back the same")
    func roundTrip() {
        var generator = SplitMix(state: 5)
        for _ in 0..<20_000 {
            let milliseconds = Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
            #expect(RFC3339.milliseconds(RFC3339.string(milliseconds: milliseconds)) == milliseconds)
        }
    }
}
