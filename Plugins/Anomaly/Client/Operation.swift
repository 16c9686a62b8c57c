import Foundation

/// An operation of the contract.
enum Operation: String, CaseIterable {
    case listSessions
    case createSession
    case getSession
    case replaceSession
    case updateSession
    case askSession
    case getSessionExplanation
    case explainSession
    case submitBatch
    case getBatch
    case listStations
    case lookupStationIds
    case getStation
    case listStationAnomalies
    case getStationConnectors
    case getStationEnergy
    case getStationInference
    case getStationShadeOverview
    case listAnomalies
    case listAnomalyConnectors
    case updateIssue
    case listAnomalySessions
    case getAnomalyDetail
    case listModels
    case startFineTune
    case getFineTuneJob
    case getModel
    case getStatistics
    case listWebhooks
    case createWebhook
    case getWebhook
    case updateWebhook
    case deleteWebhook
    case rotateWebhookSecret
    case testWebhook
    case listApiKeys
    case createApiKey
    case revokeApiKey
    case getOrganization
    case updateOrganization
    case listMembers
    case removeMember

    /// Its method.
    var method: String {
        switch self {
        case .createSession, .askSession, .explainSession, .submitBatch, .startFineTune, .createWebhook,
            .rotateWebhookSecret, .testWebhook, .createApiKey:
            "POST"
        case .replaceSession, .updateOrganization: "PUT"
        case .updateSession, .updateIssue, .updateWebhook: "PATCH"
        case .deleteWebhook, .revokeApiKey, .removeMember: "DELETE"
        default: "GET"
        }
    }

    /// Its path; parameters stand in braces.
    var path: String {
        switch self {
        case .listSessions, .createSession: "/v1/sessions"
        case .getSession, .replaceSession, .updateSession: "/v1/sessions/{session_id}"
        case .askSession: "/v1/sessions/{session_id}/ask"
        case .getSessionExplanation, .explainSession: "/v1/sessions/{session_id}/explain"
        case .submitBatch: "/v1/sessions/batch"
        case .getBatch: "/v1/sessions/batch/{batch_id}"
        case .listStations: "/v1/stations"
        case .lookupStationIds: "/v1/stations/lookup"
        case .getStation: "/v1/stations/{charging_station_id}"
        case .listStationAnomalies: "/v1/stations/{charging_station_id}/anomalies"
        case .getStationConnectors: "/v1/stations/{charging_station_id}/connectors"
        case .getStationEnergy: "/v1/stations/{charging_station_id}/energy"
        case .getStationInference: "/v1/stations/{charging_station_id}/inference"
        case .getStationShadeOverview: "/v1/stations/{charging_station_id}/shade-overview"
        case .listAnomalies: "/v1/anomalies"
        case .listAnomalyConnectors: "/v1/anomalies/connectors"
        case .updateIssue: "/v1/anomalies/issues/{issue_id}"
        case .listAnomalySessions: "/v1/anomalies/sessions"
        case .getAnomalyDetail: "/v1/anomalies/sessions/{session_id}/categories/{category_id}/details"
        case .listModels: "/v1/models"
        case .startFineTune: "/v1/models/fine-tune"
        case .getFineTuneJob: "/v1/models/fine-tune/{job_id}"
        case .getModel: "/v1/models/{model_id}"
        case .getStatistics: "/v1/statistics"
        case .listWebhooks, .createWebhook: "/v1/webhooks"
        case .getWebhook, .updateWebhook, .deleteWebhook: "/v1/webhooks/{webhook_id}"
        case .rotateWebhookSecret: "/v1/webhooks/{webhook_id}/rotate-secret"
        case .testWebhook: "/v1/webhooks/{webhook_id}/test"
        case .listApiKeys, .createApiKey: "/v1/api-keys"
        case .revokeApiKey: "/v1/api-keys/{key_id}"
        case .getOrganization, .updateOrganization: "/v1/organization"
        case .listMembers: "/v1/members"
        case .removeMember: "/v1/members/{user_id}"
        }
    }

    /// The path with the parameters filled in, and the query; a query without a value is left out.
    func target(_ parameters: [String], _ query: [(String, String?)]) -> String {
        var rest = parameters[...]
        let path = self.path.split(separator: "/").map { part in
            part.hasPrefix("{") ? Self.encoded(rest.popFirst() ?? "") : String(part)
        }
        let pairs = query.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        return "/" + path.joined(separator: "/")
            + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    private static func encoded(_ text: String) -> String {
        let plain = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }
}
