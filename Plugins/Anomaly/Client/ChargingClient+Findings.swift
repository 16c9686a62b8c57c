extension ChargingClient {
    // MARK: Stations

    /// Reads one page of stations in the order of their identifiers.
    public func listStations(page: Int = 0, pageSize: Int = 20) async throws -> Page<StationSummary> {
        try await get(.listStations, query: Self.paging(page, pageSize))
    }

    /// Reads the identifiers of all stations.
    public func lookupStationIds() async throws -> StationLookup { try await get(.lookupStationIds) }

    /// Reads one station with its connectors.
    public func getStation(_ stationId: String) async throws -> StationDetail {
        try await get(.getStation, [stationId])
    }

    /// Reads one page of a station's verdicts.
    public func listStationAnomalies(
        _ stationId: String, page: Int = 0, pageSize: Int = 20
    ) async throws -> Page<StationAnomaly> {
        try await get(.listStationAnomalies, [stationId], query: Self.paging(page, pageSize))
    }

    /// Reads the connectors of a station with their anomalies.
    public func getStationConnectors(_ stationId: String) async throws -> StationConnectors {
        try await get(.getStationConnectors, [stationId])
    }

    /// Reads the energy of a station by the hour.
    public func getStationEnergy(_ stationId: String) async throws -> StationEnergy {
        try await get(.getStationEnergy, [stationId])
    }

    /// Reads the newest verdict on a station.
    public func getStationInference(_ stationId: String) async throws -> StationInference {
        try await get(.getStationInference, [stationId])
    }

    /// Reads the day of a station as the detector sees it.
    public func getStationShadeOverview(_ stationId: String) async throws -> ShadeOverview {
        try await get(.getStationShadeOverview, [stationId])
    }

    // MARK: Anomalies

    /// Reads one page of anomaly records.
    public func listAnomalies(
        _ filter: AnomalyFilter = AnomalyFilter(), page: Int = 0, pageSize: Int = 20
    ) async throws -> Page<Anomaly> {
        try await get(.listAnomalies, query: Self.paging(page, pageSize) + filter.query)
    }

    /// Reads one page of connectors with anomalies.
    public func listAnomalyConnectors(
        _ filter: AnomalyGroupFilter = AnomalyGroupFilter(), page: Int = 0, pageSize: Int = 20
    ) async throws -> Page<ConnectorAnomalies> {
        try await get(
            .listAnomalyConnectors, query: Self.paging(page, pageSize) + filter.connectorQuery)
    }

    /// Changes status and assignee of an issue.
    public func updateIssue(_ issueId: String, _ change: IssueChange) async throws -> Issue {
        try await send(.updateIssue, [issueId], change)
    }

    /// Reads one page of sessions with anomalies.
    public func listAnomalySessions(
        _ filter: AnomalyGroupFilter = AnomalyGroupFilter(), page: Int = 0, pageSize: Int = 20
    ) async throws -> Page<SessionAnomalies> {
        try await get(.listAnomalySessions, query: Self.paging(page, pageSize) + filter.sessionQuery)
    }

    /// Reads what is known of one category in one session.
    public func getAnomalyDetail(_ sessionId: String, _ category: AnomalyCategoryId) async throws
        -> AnomalyDetail
    {
        try await get(.getAnomalyDetail, [sessionId, category.rawValue])
    }

    /// Reads the figures of the whole tenant.
    public func getStatistics() async throws -> Statistics { try await get(.getStatistics) }

    // MARK: Models

    /// Reads all models.
    public func listModels() async throws -> ModelList { try await get(.listModels) }

    /// Queues a fine-tuning; needs an admin's token.
    public func startFineTune(_ order: FineTuneOrder) async throws -> FineTuneAccepted {
        try await send(.startFineTune, [], order)
    }

    /// Reads how far a fine-tuning has come.
    public func getFineTuneJob(_ jobId: String) async throws -> FineTuneJob {
        try await get(.getFineTuneJob, [jobId])
    }

    /// Reads one model.
    public func getModel(_ modelId: String) async throws -> ModelDetail {
        try await get(.getModel, [modelId])
    }
}
