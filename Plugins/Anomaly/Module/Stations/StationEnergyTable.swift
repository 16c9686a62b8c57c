import GantryKit

/// Statements on what stations delivered.
enum StationEnergyTable {
    /// Brings a station's figures up to date with what became of one of its sessions.
    static func change(
        _ stationId: String, _ connectorId: String, from old: SessionEnergy, to new: SessionEnergy,
        _ tx: borrowing Transaction
    ) throws {
        guard old != new, let days = old.days(with: new) else { return }
        for day in days where old.touches(day) || new.touches(day) {
            var energy = DayEnergy()
            let isStored = try tx.first(
                "SELECT hours FROM station_energy WHERE station_id = $1 AND day = $2 AND connector_id = $3", stationId,
                day, connectorId
            ) { row in
                energy = try Self.energy(row, 0)
                return true
            }
            guard energy.change(day: day, from: old, to: new) else { continue }
            if energy.isEmpty {
                try tx.execute(
                    "DELETE FROM station_energy WHERE station_id = $1 AND day = $2 AND connector_id = $3", stationId,
                    day, connectorId)
            } else if isStored == nil {
                try tx.execute(
                    """
                    INSERT INTO station_energy (station_id, day, connector_id, hours_read, hours) \
                    VALUES ($1, $2, $3, $4, $5)
                    """, stationId, day, connectorId, energy.hoursRead, energy.packed)
            } else {
                try tx.execute(
                    """
                    UPDATE station_energy SET hours_read = $4, hours = $5 \
                    WHERE station_id = $1 AND day = $2 AND connector_id = $3
                    """, stationId, day, connectorId, energy.hoursRead, energy.packed)
            }
        }
    }

    /// What a stored session has added; nil when it has not been counted yet.
    static func counted(_ sessionId: String, _ tx: borrowing Transaction) throws -> SessionEnergy? {
        let stored = try tx.first("SELECT energy FROM sessions WHERE session_id = $1", sessionId) { row in
            let column = try row.column(0)
            return column.isNull ? nil : try SessionEnergy(packed: try column.require(column.blob))
        }
        return stored ?? nil
    }

    /// Notes what a session has added.
    static func note(_ energy: SessionEnergy, of sessionId: String, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE sessions SET energy = $2 WHERE session_id = $1", sessionId, energy.packed)
    }

    /// The last day on which a station's energy register was read; nil when it never was.
    ///
    /// - Parameter day: Later ones are not looked at.
    static func lastReadDay(
        _ stationId: String, through day: Int = .max, _ tx: borrowing Transaction
    ) throws -> Int? {
        try readDays(stationId, through: day, limit: 1, tx).first
    }

    /// The last days on which a station's energy register was read, latest first.
    static func readDays(
        _ stationId: String, through day: Int = .max, limit: Int, _ tx: borrowing Transaction
    ) throws -> [Int] {
        try tx.rows(
            """
            SELECT DISTINCT day FROM station_energy WHERE station_id = $1 AND day <= $2 AND hours_read > 0 \
            ORDER BY day DESC LIMIT $3
            """, stationId, day, limit
        ) { try $0[0] }
    }

    /// Hands the energy of a station in some days to `body`, in order of days and connectors; of the connector that has
    /// no name comes what sessions delivered that name none.
    static func forEach(
        _ stationId: String, _ days: ClosedRange<Int>, _ tx: borrowing Transaction,
        _ body: (_ day: Int, _ connectorId: String, _ energy: DayEnergy) throws -> Void
    ) throws {
        try tx.query(
            """
            SELECT day, connector_id, hours FROM station_energy WHERE station_id = $1 AND day >= $2 AND day <= $3 \
            ORDER BY day, connector_id
            """, stationId, days.lowerBound, days.upperBound
        ) { row in
            try body(try row[0], try row[1], try energy(row, 2))
        }
    }

    /// Hands the stored bytes of a station's energy to `body`, in order of days; a day may come several times.
    static func forEachDay(
        _ stationId: String, _ days: ClosedRange<Int>, _ tx: borrowing Transaction,
        _ body: (_ day: Int, _ packed: UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        try tx.query(
            """
            SELECT day, hours FROM station_energy WHERE station_id = $1 AND day >= $2 AND day <= $3 ORDER BY day
            """, stationId, days.lowerBound, days.upperBound
        ) { row in
            let column = try row.column(1)
            try body(try row[0], try column.require(column.blob))
        }
    }

    private static func energy(_ row: borrowing Row, _ index: Int) throws -> DayEnergy {
        let column = try row.column(index)
        return try DayEnergy(packed: try column.require(column.blob))
    }
}
