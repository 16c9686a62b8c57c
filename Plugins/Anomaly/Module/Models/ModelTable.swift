import AnomalyDetection
import GantryKit

/// A model that a tenant made.
struct NewModel {
    /// Its identifier.
    var modelId: String
    /// The model that it was tuned from.
    var base: BaseModel
    /// Its name.
    var name: String
    /// What it was made of, for people.
    var description: String
    /// Quality figures as a JSON object.
    var metrics: [UInt8]
    /// What the training set, as a JSON object.
    var parameters: [UInt8]
}

/// Statements on the table of the tenant's own models.
enum ModelTable {
    private static let columns =
        "model_id, name, type, version, base_model, metrics, status, created_at, description"

    /// Stores a model as the newest of its type, active from now on.
    static func insert(_ model: NewModel, nowMilliseconds: Int64, _ tx: borrowing Transaction) throws {
        let number: Int64 = try tx.one(
            "SELECT CAST(COALESCE(MAX(number), 0) + 1 AS BIGINT) FROM models WHERE type = $1", model.base.type.rawValue
        ) { try $0[0] }
        try tx.execute(
            """
            INSERT INTO models (model_id, name, type, number, version, base_model, description, metrics, status, \
            parameters, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $10)
            """, model.modelId, model.name, model.base.type.rawValue, number, model.base.version(tuned: number),
            model.base.modelId, model.description, SQLText(utf8: model.metrics), SQLText(utf8: model.parameters),
            nowMilliseconds)
    }

    /// Hands the tenant's models to `row`, newest first.
    static func forEach(_ tx: borrowing Transaction, row: (borrowing Row) throws -> Void) throws {
        try tx.query("SELECT \(columns) FROM models ORDER BY created_at DESC, model_id", row: row)
    }

    /// Hands a model of the tenant to `row`; nil when there is none.
    static func find<Value>(
        _ modelId: String, _ tx: borrowing Transaction, map: (borrowing Row) throws -> Value
    ) throws -> Value? {
        try tx.first("SELECT \(columns) FROM models WHERE model_id = $1", modelId, map: map)
    }

    /// What the newest active model of a type was trained to; nil when the tenant has none.
    private static func activeParameters<Value>(
        _ type: ModelType, _ tx: borrowing Transaction, map: (JSONValue) -> Value
    ) throws -> Value? {
        try tx.first(
            """
            SELECT parameters FROM models WHERE type = $1 AND status = 'active' \
            ORDER BY created_at DESC, number DESC LIMIT 1
            """, type.rawValue
        ) { row in
            let column = try row.column(0)
            return try JSONDocument([UInt8](try column.require(column.text))).withRoot(map)
        }
    }

    /// What sessions are judged with: the tenant's newest active model, or the base model.
    /// - Parameter installation: What the operator configured.
    static func sessionConfiguration(
        _ installation: DetectionConfiguration.Installation, _ tx: borrowing Transaction
    ) throws -> DetectionConfiguration {
        var configuration =
            try activeParameters(.session, tx, map: ModelParameters.session) ?? DetectionConfiguration()
        configuration.installation = installation
        return configuration
    }

    /// What stations are judged with: the tenant's newest active model, or the base model.
    static func stationConfiguration(_ tx: borrowing Transaction) throws -> StationConfiguration {
        try activeParameters(.station, tx, map: ModelParameters.station) ?? StationConfiguration()
    }

    /// Writes a row of `columns` as the contract's `ModelDetail`, or without the details as `Model`.
    static func write(_ row: borrowing Row, to writer: inout JSONWriter, inDetail: Bool) throws {
        writer.beginObject()
        writer.key("id")
        try writer.text(row, 0)
        writer.key("name")
        try writer.text(row, 1)
        writer.key("type")
        try writer.text(row, 2)
        writer.key("version")
        try writer.text(row, 3)
        writer.key("isBase")
        writer.bool(false)
        writer.key("baseModel")
        try writer.text(row, 4)
        writer.key("metrics")
        writer.raw(try row.get(5, as: String.self).utf8.map { $0 })
        writer.key("status")
        try writer.text(row, 6)
        writer.key("createdAt")
        try writer.timestamp(row, 7)
        if inDetail {
            // Where it truly is: a row of the tenant's own database.
            writer.key("s3Path")
            writer.string("database:/anomaly/models/\(try row.get(0, as: String.self))")
            writer.key("description")
            if try row.isNull(8) { writer.null() } else { try writer.text(row, 8) }
        }
        writer.endObject()
    }
}
