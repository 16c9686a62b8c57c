import GantryKit

extension AnomalyModule {
    static var statisticsHandlers: [Handler<Self>] {
        [.operation("getStatistics") { module, request in try module.getStatistics(request) }]
    }

    private func getStatistics(_ request: borrowing Request) throws -> Response {
        try FigureTable.backfill(request.database)
        let now = try request.clock.milliseconds()
        let price = settings.pricePerKilowattHour
        return try request.database.read { tx in
            let figures = try FigureTable.all(tx)
            let uptime = try Uptime(nowMilliseconds: now, tx)
            let connectors: [Int64] = try tx.one(
                """
                SELECT CAST(COALESCE(SUM(total_sessions), 0) AS BIGINT), \
                CAST(COALESCE(SUM(anomalous_sessions), 0) AS BIGINT), \
                COUNT(CASE WHEN anomalous_sessions > 0 AND connector_id <> '' THEN 1 END), \
                COUNT(DISTINCT CASE WHEN anomalous_sessions > 0 THEN station_id END) FROM connectors
                """
            ) { [try $0[0], try $0[1], try $0[2], try $0[3]] }
            func revenue(_ priced: Figure, _ unpriced: Figure) -> Double {
                (figures[priced]?.value ?? 0) + (figures[unpriced]?.value ?? 0) * price
            }
            let total = Self.cents(revenue(.revenue, .unpricedEnergy))
            let atRisk = Self.cents(revenue(.revenueAtRisk, .unpricedEnergyAtRisk))
            let leak = Self.cents(revenue(.revenueLeak, .unpricedEnergyLeak))
            return .json(capacity: 512) { writer in
                writer.beginObject()
                writer.key("activeAnomaliesCount")
                writer.int(figures[.activeRecords]?.whole ?? 0)
                writer.key("sessionsWithAnomaliesCount")
                writer.int(connectors[1])
                writer.key("connectorsWithAnomaliesCount")
                writer.int(connectors[2])
                writer.key("totalAnomaliesCount")
                writer.int(figures[.records]?.whole ?? 0)
                writer.key("chargingStationsWithAnomaliesCount")
                writer.int(connectors[3])
                writer.key("uptimePercentage")
                writer.double(Self.millionths(uptime.percentage))
                writer.key("uptimeDelta")
                writer.double(Self.millionths(uptime.percentage - uptime.formerPercentage))
                writer.key("totalSessions")
                writer.int(connectors[0])
                writer.key("totalRevenue")
                writer.double(total)
                writer.key("revenueAtRisk")
                writer.double(atRisk)
                writer.key("revenueLeakEstimate")
                writer.double(min(leak, atRisk))
                writer.endObject()
            }
        }
    }

    private static func cents(_ amount: Double) -> Double { (max(0, amount) * 100).rounded() / 100 }

    /// Rounds what is smaller than anybody measures; adding zero leaves no negative one.
    private static func millionths(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 + 0 }
}
