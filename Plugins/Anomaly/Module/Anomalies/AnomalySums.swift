import AnomalyDetection
import GantryKit

/// Which records are summed up by connector or by session. The parameters $1 to $4 of its condition are given by the
/// members of the same number.
struct AnomalySums {
    /// $1: the connector or the session that is wanted.
    let name: String?
    /// $2: code of a category.
    let category: Int?
    /// $3: lower bound of the occurrence.
    let from: Int64?
    /// $4: upper bound of the occurrence, excluded.
    let to: Int64?
    /// The condition.
    let condition: String
    /// The column to order by, with its direction.
    let order: String

    /// Reads the filters and the order of a request.
    ///
    /// - Parameters:
    ///   - parameter: Query parameter that names a connector or a session.
    ///   - column: The column that it filters.
    ///   - categoryColumn: How the column of the category is written. A plus before it keeps planners from the index by
    ///     category, where another one is in the order of the sums.
    init(_ query: Fields, _ parameter: String, column: String, category categoryColumn: String = "category") throws {
        name = query[parameter]
        category = query.category("anomalyType")
        from = try query.timestampMilliseconds("occurrenceFrom")
        to = try query.timestampMilliseconds("occurrenceTo")
        condition = [
            name.term(1, "\(column) = $1"), category.term(2, "\(categoryColumn) = $2"), from.term(3, "start_at >= $3"),
            to.term(4, "start_at < $4"),
        ].joined(separator: " AND ")
        order = Self.order(query["sortBy"] ?? "-lastUpdate")
    }

    /// Whether records are summed up whatever they are, if they occurred within the window.
    var isOfWindow: Bool { name == nil && category == nil }

    /// What the names of the contract mean in the sums.
    private static func order(_ name: String) -> String {
        let column =
            switch name.drop(while: { $0 == "-" }) {
            case "aiRiskScore": "risk"
            case "anomalyCount": "records"
            case "detectionDate": "detected_at"
            default: "updated_at"
            }
        return name.hasPrefix("-") ? "\(column) DESC" : column
    }

    /// Writes the dates of a sum.
    static func write(detectedAt: Int64, updatedAt: Int64, to writer: inout JSONWriter) {
        writer.key("detectionDate")
        writer.timestamp(milliseconds: detectedAt)
        writer.key("lastUpdate")
        writer.timestamp(milliseconds: updatedAt)
    }

    /// Writes counts by type, the highest first, those that are equal in the order of the categories.
    static func write(_ types: [(category: AnomalyCategory, count: Int64)], to writer: inout JSONWriter) {
        writer.key("anomalyTypes")
        writer.beginArray()
        let ordered = types.sorted { one, other in
            one.count != other.count ? one.count > other.count : one.category.rawValue < other.category.rawValue
        }
        for type in ordered {
            writer.beginObject()
            writer.key("type")
            writer.string(type.category.wireName)
            writer.key("typeId")
            writer.string(type.category.identifier)
            writer.key("count")
            writer.int(type.count)
            writer.endObject()
        }
        writer.endArray()
    }
}
