import GantryKit

/// What one session contributes to the tenant's figures.
struct SessionShare {
    /// What a session contributes to the hours of uptime; see the table `uptime_hours`.
    struct Hour {
        var covered: Int64 = 0
        var coveredOffset: Int64 = 0
        var anomalous: Int64 = 0
        var anomalousOffset: Int64 = 0

        var isEmpty: Bool {
            covered == 0 && coveredOffset == 0 && anomalous == 0 && anomalousOffset == 0
        }
    }

    /// An hour in milliseconds.
    static let hour: Int64 = 3_600_000

    /// Sums that are not zero.
    private(set) var amounts: [(figure: Figure, amount: Amount)] = []
    /// From the first to the last reading, if that takes time.
    private(set) var covered: Range<Int64>?
    /// What of it lies in an anomaly of the newest verdict.
    private(set) var anomalous: [Range<Int64>] = []

    /// The contribution of no session, or of one that is invalid: nothing.
    init() {}

    /// The contribution of a session as it is stored.
    init(_ session: StoredSession) throws {
        guard session.status.isCounted else { return }
        if let first = session.firstReadingAt, let last = session.lastReadingAt, first < last {
            covered = first..<last
        }
        let price = try session.metadata.flatMap { try Metadata(stored: $0).number("pricePerKwh") }
        let energy = session.deliveredKilowattHours ?? 0
        let value = energy * (price ?? 1)
        add(price == nil ? .unpricedEnergy : .revenue, value)
        guard let verdict = session.verdict, verdict.isAnomaly else { return }
        add(price == nil ? .unpricedEnergyAtRisk : .revenueAtRisk, value)
        add(price == nil ? .unpricedEnergyLeak : .revenueLeak, value * verdict.score)
        anomalous = try Stretches.anomalous(verdict.findings)
    }

    private mutating func add(_ figure: Figure, _ value: Double) {
        let amount = Amount(value)
        if amount != .zero { amounts.append((figure, amount)) }
    }

    /// Adds the hours of the contribution to `hours`, or takes them out.
    func addHours(to hours: inout [Int64: Hour], sign: Int64) {
        if let covered {
            Self.forEachEnd(of: covered) { hour, direction, offset in
                hours[hour, default: Hour()].covered += sign * direction
                hours[hour, default: Hour()].coveredOffset += sign * direction * offset
            }
        }
        for stretch in anomalous {
            Self.forEachEnd(of: stretch) { hour, direction, offset in
                hours[hour, default: Hour()].anomalous += sign * direction
                hours[hour, default: Hour()].anomalousOffset += sign * direction * offset
            }
        }
    }

    /// Hands both ends of a stretch to `body`: the hour, 1 for a beginning and -1 for an end, milliseconds in the hour.
    private static func forEachEnd(of stretch: Range<Int64>, _ body: (Int64, Int64, Int64) -> Void) {
        // Readings are not older than 2010, so rounding to zero is rounding down.
        body(stretch.lowerBound / hour, 1, stretch.lowerBound % hour)
        body(stretch.upperBound / hour, -1, stretch.upperBound % hour)
    }
}
