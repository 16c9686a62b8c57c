extension Manifest {
    /// A route that the host serves in the module's place: the bytes of transfers. The last parameter of its path
    /// names the transfer, `expires` and `signature` of the query sign it.
    public struct TransferRoute: Sendable, Equatable {
        /// Which way the bytes go.
        public enum Direction: String, Sendable, CaseIterable {
            /// With PUT, to the host.
            case upload
            /// With GET, to the client.
            case download
        }

        /// Which way the bytes go.
        public var direction: Direction
        /// What the contract calls the record, in a 404.
        public var resource: String

        init(_ place: YAMLReader) throws {
            try place.allow(["direction", "resource"])
            direction = try place.required("direction").choice(Direction.self)
            resource = try place.optional("resource")?.string() ?? "File"
        }
    }

    /// Operations that the module's library has to know.
    public var handledOperations: Set<String> { Set(routes.filter { $0.transfer == nil }.map(\.operation)) }

    /// The path of the addresses of transfers; nil where none is served.
    public func transferPath(_ direction: TransferRoute.Direction) -> String? {
        routes.first { $0.transfer?.direction == direction }?.path
    }

    /// What the routes of transfers ask of the rest of the manifest.
    func checkTransfers(_ root: YAMLReader) throws {
        var seen: Set<String> = []
        for (route, place) in zip(routes, try root.required("routes").list()) {
            guard let transfer = route.transfer else { continue }
            guard route.method == (transfer.direction == .upload ? "PUT" : "GET"), route.role == .public,
                route.execution == .blocking, route.socket == nil, !route.checks
            else {
                throw place.error(
                    "A route with `transfer` has the method PUT for uploads and GET for downloads, the role `public`, "
                        + "`execution: blocking`, and neither `check` nor `websocket`.")
            }
            guard capabilities.contains(.blobs) else { throw place.error("`transfer` needs the capability `blobs`.") }
            guard seen.insert(transfer.direction.rawValue).inserted else {
                throw place.error("There is one route for \(transfer.direction.rawValue)s already.")
            }
            guard Self.namesTransfer(route.path) else {
                throw place.error("The path of a `transfer` ends with the parameter that names it.")
            }
        }
    }

    /// Whether the last segment is a parameter, and no other but `org_id` is one.
    private static func namesTransfer(_ path: String) -> Bool {
        let parameters = path.split(separator: "/").filter { $0.hasPrefix("{") }
        return path.hasSuffix("}") && parameters.dropLast().allSatisfy { $0 == "{org_id}" }
            && parameters.last.map { $0 != "{org_id}" } == true
    }
}
