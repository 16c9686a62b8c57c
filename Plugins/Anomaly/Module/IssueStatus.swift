import GantryKit

/// Where the work on an issue stands.
enum IssueStatus: String, CaseIterable {
    case open = "OPEN"
    case inProgress = "IN_PROGRESS"
    case resolved = "RESOLVED"
    case dismissed = "DISMISSED"

    /// The status that a body or a query names; nil when it names none.
    init?(_ text: String?) {
        guard let text else { return nil }
        self.init(rawValue: text)
    }

    /// Its place in the mask of the statuses that a record's issues have.
    var bit: Int {
        switch self {
        case .open: 1
        case .inProgress: 2
        case .resolved: 4
        case .dismissed: 8
        }
    }

    /// Whether the work has ended.
    var isClosed: Bool { self == .resolved || self == .dismissed }

    /// Whether an issue may move from here to `next`; staying is always allowed.
    func allows(_ next: IssueStatus) -> Bool {
        next == self || !isClosed || next == .open
    }
}

extension IssueStatus: SQLColumn {
    /// Reads the status from a text column.
    init(_ column: SQLColumnValue) throws {
        self = try column.require(IssueStatus(rawValue: try String(column)))
    }
}
