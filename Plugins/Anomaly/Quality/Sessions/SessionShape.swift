public import AnomalyDetection
public import SessionImport

/// The outline of a charging session that really took place, or might have: how long, how fast, how much.
public struct SessionShape: Sendable {
    /// When it began, in milliseconds since 1970.
    public var startMilliseconds: Int64
    /// How long power flowed, in minutes.
    public var chargingMinutes: Double
    /// How long the vehicle was plugged in, in minutes.
    public var pluggedMinutes: Double
    /// Power in kW while charging.
    public var power: Double
    /// Rated power of the connector in kW.
    public var rating: Double
    /// Whether it charges with direct current.
    public var isDirect: Bool { rating > 43 }

    private static let ratings = [3.7, 7.4, 11, 22, 50, 150, 350.0]

    /// Outlines a session.
    public init(
        startMilliseconds: Int64, chargingMinutes: Double, pluggedMinutes: Double, energy: Double,
        _ random: inout SeededRandom
    ) {
        self.startMilliseconds = startMilliseconds
        self.chargingMinutes = min(max(chargingMinutes, 8), 720)
        self.pluggedMinutes = max(self.chargingMinutes, min(pluggedMinutes, 1440))
        power = min(max(1.5, energy / self.chargingMinutes * 60), 320)
        let above = Self.ratings.filter { [power] in $0 >= power }
        rating = random.chance(0.7) ? above[0] : random.pick(above)
    }

    /// The outlines of recorded sessions in which something was charged.
    public static func of(_ records: [ChargingRecord], _ random: inout SeededRandom) -> [SessionShape] {
        records.compactMap { record in
            guard let first = record.steps.first, let last = record.steps.last, last.energy > 0.5, last.energy < 150,
                let full = record.steps.first(where: { $0.energy == last.energy })
            else { return nil }
            let charging = Double(full.time.seconds - first.time.seconds) / 60
            let plugged = Double(last.time.seconds - first.time.seconds) / 60
            guard charging >= 5 else { return nil }
            return SessionShape(
                startMilliseconds: Int64(first.time.seconds) * 1000, chargingMinutes: charging, pluggedMinutes: plugged,
                energy: last.energy, &random)
        }
    }

    /// Outlines drawn at random, where no records are there.
    public static func drawn(_ count: Int, _ random: inout SeededRandom) -> [SessionShape] {
        (0..<count).map { number in
            let power = random.pick([3.6, 7.2, 11, 22, 48, 90, 140, 220.0]) * random.number(0.7...1)
            let charging = power > 30 ? random.number(10...55) : random.number(30...480)
            return SessionShape(
                startMilliseconds: 1_750_032_000_000 + Int64(number) * 1_234_567, chargingMinutes: charging,
                pluggedMinutes: charging * random.number(1...2.5), energy: power * charging / 60, &random)
        }
    }
}
