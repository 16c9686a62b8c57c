public import GantryKit

extension RequestContent where Self: ~Copyable {
    /// Who is calling; a route whose role is `user` or higher always has somebody.
    public func caller() throws(Failure) -> Principal {
        guard let principal else { throw Failure(401, reason: "unauthenticated", "A valid bearer token is needed.") }
        return principal
    }

    /// The path of the request in the version that answers, for headers such as `Location`; requests may leave the
    /// version out of it.
    public var versionedPath: String {
        let path = path
        guard path.hasPrefix("/api/"), !path.hasPrefix("/api/v1/"), !path.hasPrefix("/api/v2/") else { return path }
        return "/api/v\(apiVersion)/" + path.dropFirst(5)
    }
}

extension Failure {
    /// 404: nothing visible to the caller under that identifier.
    ///
    /// - Parameters:
    ///   - resource: What kind of record was asked for, as the contract calls it.
    ///   - id: The identifier as it was sent.
    public static func missing(_ resource: StaticString, _ id: String) -> Failure {
        Failure(404, reason: "not_found", "There is no such record.") { writer in
            writer.beginObject()
            writer.key("resource")
            writer.string(resource)
            writer.key("id")
            writer.string(id)
            writer.endObject()
        }
    }
}
