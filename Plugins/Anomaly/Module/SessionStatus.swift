import GantryKit

/// Where a session stands, as the client tells it.
enum SessionStatus: String {
    case pending
    case active
    case completed
    case invalid

    /// Whether a move to another status is refused.
    var isFinal: Bool { self == .completed || self == .invalid }

    /// Whether the session enters figures.
    var isCounted: Bool { self != .invalid }

    /// The status that a body names; nil when it names none.
    init?(_ value: JSONValue?) {
        guard let text = value?.string else { return nil }
        self.init(rawValue: text)
    }
}

extension SessionStatus: SQLColumn {
    /// Reads the status from a text column.
    init(_ column: SQLColumnValue) throws {
        self = try column.require(SessionStatus(rawValue: try String(column)))
    }
}
