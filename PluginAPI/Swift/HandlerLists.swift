/// The handlers of one module type by kind, in the order in which its description lists them.
struct HandlerLists<Owner: Module> {
    private(set) var operationNames: [String] = []
    private(set) var operations: [Form<Handler<Owner>.Operation, Handler<Owner>.AsyncOperation>] = []
    /// The check of the operation at the same place.
    private(set) var checks: [Handler<Owner>.Check?] = []
    private(set) var subscriptionNames: [String] = []
    private(set) var subscriptions: [Form<Handler<Owner>.Subscription, Handler<Owner>.AsyncSubscription>] = []
    private(set) var jobNames: [String] = []
    private(set) var serviceNames: [String] = []
    private(set) var services: [Form<Handler<Owner>.Serving, Handler<Owner>.AsyncServing>] = []
    private(set) var jobs: [Form<Handler<Owner>.Work, Handler<Owner>.AsyncWork>] = []

    /// Sorts `handlers`; two of the same kind and name, or a check of an operation that is not handled, are a fault of
    /// the module's author and trap.
    init(_ handlers: [Handler<Owner>]) {
        var checksByName: [String: Handler<Owner>.Check] = [:]
        for handler in handlers {
            switch handler.kind {
            case .operation(let body):
                Self.require(!operationNames.contains(handler.name), "two handlers of operation", handler.name)
                operationNames.append(handler.name)
                operations.append(body)
            case .check(let body):
                let previous = checksByName.updateValue(body, forKey: handler.name)
                Self.require(previous == nil, "two checks of operation", handler.name)
            case .subscription(let body):
                Self.require(!subscriptionNames.contains(handler.name), "two subscriptions", handler.name)
                subscriptionNames.append(handler.name)
                subscriptions.append(body)
            case .job(let body):
                Self.require(!jobNames.contains(handler.name), "two handlers of job", handler.name)
                jobNames.append(handler.name)
                jobs.append(body)
            case .service(let body):
                Self.require(!serviceNames.contains(handler.name), "two handlers of service", handler.name)
                serviceNames.append(handler.name)
                services.append(body)
            }
        }
        checks = operationNames.map { checksByName.removeValue(forKey: $0) }
        Self.require(checksByName.isEmpty, "a check without handler of operation", checksByName.keys.first ?? "")
    }

    private static func require(_ condition: Bool, _ fault: StaticString, _ name: String) {
        precondition(condition, "\(Owner.self) has \(fault) \"\(name)\"")
    }
}
