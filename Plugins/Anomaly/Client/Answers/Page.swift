/// One page of a list.
public struct Page<Item: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    /// Where the page stands in the list.
    public struct Pagination: Codable, Sendable, Equatable {
        /// Matching records before paging.
        public let totalCount: Int
        /// Number of the page, counted from 0.
        public let page: Int
        /// Size of a page.
        public let size: Int
    }

    /// The records.
    public let content: [Item]
    /// Where they stand.
    public let pagination: Pagination
}
