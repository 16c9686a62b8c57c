import GantryCore

/// A request with a good credential that was answered, for modules that want to hear of it.
public struct FinishedRequest: Sendable {
    /// The type of the event that tells of it.
    public static let eventType = "http.request.completed"

    /// The tenant.
    public var tenant: String
    /// The user; nil where the credential was a key or a module's token.
    public var user: String?
    /// The module that answered.
    public var module: String
    /// Template of the route.
    public var route: String
    /// Method as sent.
    public var method: String
    /// Status of the answer.
    public var status: Int
    /// Version of the API, such as `v1`.
    public var version: String
    /// From the head's arrival to the answer.
    public var durationNanoseconds: Int64
    /// The request's id.
    public var requestID: String
    /// When it came, in milliseconds since 1970.
    public var timeMilliseconds: Int64
}

/// Takes requests that were answered. Any thread; it must be brief and not wait.
public protocol RequestObserver: AnyObject, Sendable {
    /// One of a tenant that has a module with a subscription to `FinishedRequest.eventType`.
    func finished(_ request: FinishedRequest)
}

extension RequestContext {
    /// Tells of the finished request where a module of the tenant wants to hear of it.
    func tellObserver(_ method: String, route: String, status: Int, durationNanoseconds: Int64) {
        guard let observer = gateway.observer, let principal, let tenant, let module else { return }
        observer.finished(
            FinishedRequest(
                tenant: tenant.id, user: principal.kind == .user ? principal.subject : nil, module: module.id,
                route: route, method: method, status: status, version: version == 2 ? "v2" : "v1",
                durationNanoseconds: durationNanoseconds, requestID: String(decoding: requestID(), as: UTF8.self),
                timeMilliseconds: wallMilliseconds))
    }
}
