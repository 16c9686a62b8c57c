public import GantryContract
public import GantryCore
import GantryJSON

/// What the platform's versions make of one route of a module: served as it is declared, as the first version or the
/// second one's twin, or without a version in its path.
struct PlatformForm {
    /// The path without the mount.
    let path: String
    /// 0 for a route that is served as it is declared.
    let version: Int
    /// Whether successful answers are put into the envelope.
    let wrapsAnswers: Bool
    /// How the operation is described in the second version, where that is known.
    let answers: ContractOperation?
    /// The second version of a route whose path names none.
    let second: ModuleRoute?

    private static let roots = ["/api/v1/", "/api/v2/"]
    /// What may stand behind `/api/` without a version.
    private static let areas = ["public/", "app/", "admin/", "internal/"]

    /// As the manifest declares the route.
    init(declared route: Manifest.Route, of module: EnabledModule, answers: Contract?) {
        path = route.path
        second = nil
        let operation = module.contract.operation(id: route.operation)
        let hasForm = module.manifest.isVersioned && operation?.hasOneForm == false
        version = hasForm ? (Self.roots.firstIndex { route.path.hasPrefix($0) } ?? -1) + 1 : 0
        wrapsAnswers = version == 2 && operation?.isUnwrapped == false
        self.answers = version == 2 ? answers?.operation(id: route.operation) : nil
    }

    private init(
        path: String, version: Int, wrapsAnswers: Bool, answers: ContractOperation?,
        second: ModuleRoute?
    ) {
        self.path = path
        self.version = version
        self.wrapsAnswers = wrapsAnswers
        self.answers = answers
        self.second = second
    }

    /// The twin under `/api/v2` of a route that is declared under `/api/v1`; nil for every other one.
    static func twin(of route: ModuleRoute, answers: Contract?) -> PlatformForm? {
        guard route.version == 1, route.route.socket == nil else { return nil }
        return PlatformForm(
            path: roots[1] + route.route.path.dropFirst(roots[0].count), version: 2,
            wrapsAnswers: !route.operation.isUnwrapped,
            answers: answers?.operation(id: route.operation.id), second: nil)
    }

    /// The form of a route whose path leaves the version to a header; nil where the path does not allow that.
    static func versionless(of route: ModuleRoute, second: ModuleRoute) -> PlatformForm? {
        let rest = route.route.path.dropFirst(roots[0].count)
        guard areas.contains(where: { rest.hasPrefix($0) }) else { return nil }
        return PlatformForm(
            path: "/api/" + rest, version: 1, wrapsAnswers: false, answers: nil, second: second)
    }
}

extension ContractOperation {
    /// `x-versions: []`: outside the platform's versions.
    var hasOneForm: Bool {
        withDefinition { operation in
            operation["x-versions"].map { $0.kind == .array && $0.count == 0 } ?? false
        }
    }

    /// `x-v2-unwrapped: true`: its answers are sent as they are in the second version too.
    var isUnwrapped: Bool { withDefinition { $0["x-v2-unwrapped"]?.bool == true } }

    /// `x-rate-limit: none`: not counted by the platform.
    var isUncounted: Bool { withDefinition { $0["x-rate-limit"]?.string == "none" } }
}

extension Contract {
    /// Whether the document says `x-versions`.
    public var hasVersions: Bool {
        document.withRoot { root in
            root["x-versions"].map { $0.kind == .array && $0.count > 0 } ?? false
        }
    }

    /// What keeps the document and a manifest from meaning the same by the platform's versions; nil when they agree.
    public func versionConflict(with manifest: Manifest) -> String? {
        guard hasVersions != manifest.isVersioned else { return nil }
        return manifest.isVersioned
            ? "The manifest says `versions: [v1, v2]`, and the contract has no `x-versions: [v1, v2]`."
            : "The contract says `x-versions`, and the manifest has no `versions: [v1, v2]`."
    }
}
