/// A sum over all sessions of the tenant that are not invalid. The raw codes are stored and never change.
enum Figure: Int, CaseIterable {
    /// Anomaly records.
    case records = 0
    /// Records with a risk whose newest issue is neither resolved nor dismissed.
    case activeRecords = 1
    /// Revenue of the sessions that name a price.
    case revenue = 2
    /// Energy in kWh of those that name none.
    case unpricedEnergy = 3
    /// Revenue of the sessions that name a price and whose newest verdict is anomalous.
    case revenueAtRisk = 4
    /// Energy in kWh of the anomalous ones that name none.
    case unpricedEnergyAtRisk = 5
    /// Revenue of the anomalous sessions that name a price, each weighted with its score.
    case revenueLeak = 6
    /// Energy in kWh of those that name none, each weighted with its score.
    case unpricedEnergyLeak = 7
}

/// A number in whole ones and billionths. Sums of such numbers are exact: what is taken out leaves nothing behind.
struct Amount: Equatable {
    /// Ones.
    var whole: Int64
    /// Billionths; any number of them, of either sign.
    var parts: Int64

    /// Nothing.
    static let zero = Amount(whole: 0, parts: 0)

    /// An amount of whole ones and billionths.
    init(whole: Int64, parts: Int64) {
        self.whole = whole
        self.parts = parts
    }

    /// The amount nearest to `value`; nothing for what is negative or no number. A million of the greatest still fit
    /// into a sum.
    init(_ value: Double) {
        guard value.isFinite, value > 0 else {
            self = .zero
            return
        }
        let bounded = min(value, 4e12)
        let floor = bounded.rounded(.down)
        whole = Int64(floor)
        parts = Int64(((bounded - floor) * 1e9).rounded())
    }

    /// The amount as a number.
    var value: Double { Double(whole) + Double(parts) / 1e9 }

    static func += (sum: inout Amount, other: Amount) {
        sum.whole += other.whole
        sum.parts += other.parts
    }

    static func -= (sum: inout Amount, other: Amount) {
        sum.whole -= other.whole
        sum.parts -= other.parts
    }
}
