extension ChargingClient {
    /// Reads one page of sessions, newest first.
    public func listSessions(
        _ filter: SessionFilter = SessionFilter(), page: Int = 0, pageSize: Int = 20
    ) async throws -> Page<SessionSummary> {
        try await get(.listSessions, query: Self.paging(page, pageSize) + filter.query)
    }

    /// Stores one session; the answer carries its verdict when there are readings enough.
    public func createSession(_ session: NewSession) async throws -> SessionResult {
        try await send(.createSession, [], session)
    }

    /// Reads one session with its readings.
    public func getSession(_ sessionId: String) async throws -> SessionDetail {
        try await get(.getSession, [sessionId])
    }

    /// Puts readings in the place of all stored ones.
    public func replaceSession(_ sessionId: String, _ replacement: SessionReplacement) async throws
        -> SessionResult
    {
        try await send(.replaceSession, [sessionId], replacement)
    }

    /// Adds readings to a session, merges its metadata, or sets its status.
    public func updateSession(_ sessionId: String, _ update: SessionUpdate) async throws
        -> SessionResult
    {
        try await send(.updateSession, [sessionId], update)
    }

    /// Asks a question about a session.
    ///
    /// - Parameter language: Two letters, with a country if need be, such as `de` or `pt-BR`; nil for English.
    public func askSession(_ sessionId: String, _ question: String, language: String? = nil)
        async throws -> AskAnswer
    {
        try await send(.askSession, [sessionId], Question(question: question, lang: language))
    }

    /// Reads the explanation that is kept in a language; 404 `explanation_not_found` when there is none.
    public func getSessionExplanation(
        _ sessionId: String, language: String? = nil
    ) async throws -> SessionExplanation {
        try await get(.getSessionExplanation, [sessionId], query: [("lang", language)])
    }

    /// Explains the newest verdict of a session; what is kept is returned unless `regenerate` is true.
    public func explainSession(
        _ sessionId: String, language: String? = nil, regenerate: Bool? = nil
    ) async throws -> SessionExplanation {
        try await send(
            .explainSession, [sessionId], ExplanationOrder(lang: language, regenerate: regenerate))
    }

    /// Queues up to 200 sessions; throws a `ChargingClientError` naming the bad fields when one of them is refused.
    public func submitBatch(_ sessions: [NewSession]) async throws -> BatchTicket {
        try await send(.submitBatch, [], ["sessions": sessions])
    }

    /// Reads how far a batch has come and one page of its results.
    public func getBatch(_ batchId: String, page: Int = 0, pageSize: Int = 100) async throws -> Batch {
        try await get(.getBatch, [batchId], query: Self.paging(page, pageSize))
    }

    /// Polls a batch until it has ended and returns all of its results in the order of submission.
    ///
    /// - Parameter onProgress: Called with the number of sessions dealt with so far whenever it has risen.
    public func results(
        ofBatch batchId: String, onProgress: (Int) -> Void = { _ in }
    ) async throws -> [SessionResult] {
        var pause = Duration.milliseconds(20)
        var seen = 0
        var batch = try await getBatch(batchId)
        while true {
            if batch.processedSessions > seen {
                seen = batch.processedSessions
                onProgress(seen)
            }
            if batch.completedAt != nil { break }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(500))
            batch = try await getBatch(batchId)
        }
        var results = batch.results
        var page = 1
        while results.count < batch.processedSessions {
            let next = try await getBatch(batchId, page: page)
            guard !next.results.isEmpty else { break }
            results += next.results
            page += 1
        }
        return results
    }

    /// Reads all records of a list, page by page. What is stored or changes its place meanwhile may be missed or come
    /// twice.
    ///
    /// ```swift
    /// for try await session in ChargingClient.all({ try await client.listSessions(page: $0, pageSize: $1) }) { … }
    /// ```
    ///
    /// - Parameters:
    ///   - pageSize: Records asked for at a time, 1 to 100.
    ///   - read: Reads the page of a number and a size.
    public static func all<Item>(
        pageSize: Int = 100,
        _ read: @escaping @Sendable (_ page: Int, _ pageSize: Int) async throws -> Page<Item>
    ) -> AsyncThrowingStream<Item, any Error> {
        let cursor = PageCursor(pageSize: pageSize, read)
        return AsyncThrowingStream { try await cursor.next() }
    }

    static func paging(_ page: Int, _ pageSize: Int) -> [(String, String?)] {
        [("page", "\(page)"), ("pageSize", "\(pageSize)")]
    }
}

/// Where a reader of all pages stands.
private actor PageCursor<Item: Codable & Sendable & Equatable> {
    private let pageSize: Int
    private let read: @Sendable (Int, Int) async throws -> Page<Item>
    private var items: [Item] = []
    private var page = 0
    private var isOver = false

    init(pageSize: Int, _ read: @escaping @Sendable (Int, Int) async throws -> Page<Item>) {
        self.pageSize = pageSize
        self.read = read
    }

    func next() async throws -> Item? {
        if items.isEmpty, !isOver {
            let number = page
            let next = try await read(number, pageSize)
            page = number + 1
            items = next.content.reversed()
            isOver = next.content.isEmpty || page * pageSize >= next.pagination.totalCount
        }
        return items.popLast()
    }
}
