import ChargingClient

/// One call of each operation with everything that it can be given, under the operation's name.
enum FullCalls {
    typealias Call = @Sendable (ChargingClient) async throws -> (any Encodable)?

    static let all: [String: Call] = sessions.merging(findings) { $1 }.merging(tenant) { $1 }

    private static let reading = NewSession.MeterValue(
        timestamp: "2026-06-14T05:00:00Z", value: 1, phase: "L1", location: "Outlet", reconstructed: true)
    private static let metadata = NewSession.Metadata(pricePerKwh: 0.4, maxPowerKw: 22, station: ["name": "Depot"])
    private static let session = NewSession(
        sessionId: "S", chargingStationId: "ST", connectorId: "1", evseId: "E", status: .completed, metadata: metadata,
        meterValues: [reading])

    private static let filter: SessionFilter = {
        var filter = SessionFilter()
        (filter.chargingStationId, filter.evseId, filter.isAnomaly) = ("ST", "E", true)
        (filter.minScore, filter.minConfidence) = (0.5, 0.25)
        (filter.dateFrom, filter.dateTo) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
        return filter
    }()

    private static let anomalies: AnomalyFilter = {
        var filter = AnomalyFilter()
        (filter.anomalyType, filter.connectorId, filter.chargingSessionId) = (.energyPit, "1", "S")
        (filter.chargingPointId, filter.evseId, filter.assignedTo) = ("ST", "E", "usr_1")
        (filter.occurrenceFrom, filter.occurrenceTo) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
        (filter.updateFrom, filter.updateTo) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
        (filter.sortByScore, filter.anomalyIssuesStatus) = (.descending, .open)
        return filter
    }()

    private static let groups: AnomalyGroupFilter = {
        var filter = AnomalyGroupFilter()
        (filter.anomalyType, filter.connectorId, filter.chargingSessionId) = (.energyPit, "1", "S")
        (filter.occurrenceFrom, filter.occurrenceTo) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
        filter.sortBy = "anomalyCount"
        return filter
    }()

    private static let sessions: [String: Call] = [
        "listSessions": { try await $0.listSessions(filter, page: 1, pageSize: 5) },
        "createSession": { try await $0.createSession(session) },
        "getSession": { try await $0.getSession("a b/c") },
        "replaceSession": {
            try await $0.replaceSession(
                "S", SessionReplacement(meterValues: [reading], metadata: metadata, status: .active))
        },
        "updateSession": {
            try await $0.updateSession(
                "S", SessionUpdate(meterValues: [reading], metadata: metadata, status: .active))
        },
        "askSession": { try await $0.askSession("S", "Why?", language: "de") },
        "getSessionExplanation": { try await $0.getSessionExplanation("S", language: "de") },
        "explainSession": { try await $0.explainSession("S", language: "de", regenerate: true) },
        "submitBatch": { try await $0.submitBatch([session]) },
        "getBatch": { try await $0.getBatch("B", page: 1, pageSize: 5) },
    ]

    private static let findings: [String: Call] = [
        "listStations": { try await $0.listStations(page: 1, pageSize: 5) },
        "lookupStationIds": { try await $0.lookupStationIds() },
        "getStation": { try await $0.getStation("ST") },
        "listStationAnomalies": { try await $0.listStationAnomalies("ST", page: 1, pageSize: 5) },
        "getStationConnectors": { try await $0.getStationConnectors("ST") },
        "getStationEnergy": { try await $0.getStationEnergy("ST") },
        "getStationInference": { try await $0.getStationInference("ST") },
        "getStationShadeOverview": { try await $0.getStationShadeOverview("ST") },
        "listAnomalies": { try await $0.listAnomalies(anomalies, page: 1, pageSize: 5) },
        "listAnomalyConnectors": { try await $0.listAnomalyConnectors(groups, page: 1, pageSize: 5) },
        "updateIssue": { try await $0.updateIssue("I", IssueChange(status: .open, assignedTo: .set("usr_1"))) },
        "listAnomalySessions": { try await $0.listAnomalySessions(groups, page: 1, pageSize: 5) },
        "getAnomalyDetail": { try await $0.getAnomalyDetail("S", .energyPit) },
        "getStatistics": { try await $0.getStatistics() },
        "listModels": { try await $0.listModels() },
        "startFineTune": {
            let config = FineTuneOrder.TrainingConfig(
                epochs: 1, learningRate: 0.1, batchSize: 2, validationSplit: 0.2, randomState: 3)
            let source = FineTuneOrder.DataSource(type: "sessions", sessionFilter: filter)
            return try await $0.startFineTune(
                FineTuneOrder(baseModelId: "M", name: "Ours", trainingConfig: config, dataSource: source))
        },
        "getFineTuneJob": { try await $0.getFineTuneJob("J") },
        "getModel": { try await $0.getModel("M") },
    ]

    private static let tenant: [String: Call] = [
        "listWebhooks": { try await $0.listWebhooks() },
        "createWebhook": {
            try await $0.createWebhook(
                NewWebhook(url: "https://h.example", events: [.anomalyDetected], description: "d"))
        },
        "getWebhook": { try await $0.getWebhook("W") },
        "updateWebhook": {
            try await $0.updateWebhook(
                "W",
                WebhookChange(
                    url: "https://h.example", events: [.batchCompleted], description: .set("d"), enabled: false))
        },
        "deleteWebhook": {
            try await $0.deleteWebhook("W")
            return nil
        },
        "rotateWebhookSecret": { try await $0.rotateWebhookSecret("W") },
        "testWebhook": {
            try await $0.testWebhook("W")
            return nil
        },
        "listApiKeys": { try await $0.listApiKeys() },
        "createApiKey": { try await $0.createApiKey(name: "n", description: "d") },
        "revokeApiKey": {
            try await $0.revokeApiKey("K")
            return nil
        },
        "getOrganization": { try await $0.getOrganization() },
        "updateOrganization": {
            try await $0.updateOrganization(
                OrganizationRecord(name: "n", phone: "+491", address: "a", taxIdType: "EU_VAT", taxIdValue: "DE1"))
        },
        "listMembers": { try await $0.listMembers() },
        "removeMember": {
            try await $0.removeMember("U")
            return nil
        },
    ]
}
