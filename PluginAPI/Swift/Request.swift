import CGantry

/// A request that the host has already routed, authenticated and checked against the module's contract.
///
/// It borrows everything from the host and cannot be kept beyond the handler that received it; nor may what is read in
/// place from it (`body`, `bytes`). Strings that were made from it are copies.
public struct Request: RequestContent, BlockingServices, ~Copyable {
    /// The call that the services work for.
    public let scope: CallScope
    /// What was received.
    public let content: RequestPointer

    init(scope: CallScope, raw: UnsafePointer<gantry_request_v1>) {
        self.scope = scope
        content = RequestPointer(raw: raw)
    }
}

/// Where a request lies in memory. Opaque to modules.
public struct RequestPointer {
    let raw: UnsafePointer<gantry_request_v1>
}

/// What a request says, borrowed or copied.
public protocol RequestContent: HostServices, ~Copyable {
    /// What was received.
    var content: RequestPointer { get }
}

extension RequestContent where Self: ~Copyable {
    var raw: UnsafePointer<gantry_request_v1> { content.raw }

    /// The method as received, such as `GET`.
    public var method: String { raw.pointee.method.string }

    /// The path as received, without the query.
    public var path: String { raw.pointee.path.string }

    /// The id that the host's log and the response carry.
    public var id: String { raw.pointee.request_id.string }

    /// The decoded values of the template's parameters, in its order.
    public var parameters: PathParameters { PathParameters(raw: raw) }

    /// The decoded query.
    public var query: Fields {
        Fields(raw.pointee.query, raw.pointee.query_count, location: .query)
    }

    /// The headers, without credentials. Names are in lower case.
    public var headers: Fields {
        Fields(raw.pointee.headers, raw.pointee.header_count, location: .header)
    }

    /// The platform's version in which the request came, 1 or 2: with `versions` in the manifest one handler answers
    /// both, and what a record shows in the second only is added by it. 1 for routes without versions.
    public var apiVersion: Int { headers["x-api-version"] == "v2" ? 2 : 1 }

    /// Who acts as the user who is calling, by a token of impersonation; nil where the user does so himself.
    public var actor: String? { headers["gantry-actor"] }

    /// What the caller has left in the platform's group of rate limits that the route names under `allowance`; nil for
    /// other routes.
    public var allowance: Allowance? { headers["gantry-allowance"].flatMap { Allowance($0) } }

    /// Who is calling, as the host verified it; nil when nobody had to say.
    public var principal: Principal? { Principal(raw.pointee.principal) }

    /// The bytes of the body as they came; borrowed.
    public var bytes: UnsafeBufferPointer<UInt8> { raw.pointee.body.buffer }

    /// The JSON of the body, read in place; `null` when the body is not JSON.
    public var body: JSONValue { JSONCoding.root(of: raw.pointee.document) }

    /// The JSON of the body as a value of `type`.
    ///
    /// A body that does not fit throws a `Refusal`, so that the client learns which field is at fault; this happens
    /// only where the contract allows what the type does not.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONCoding.decode(type, from: body)
        } catch let error as DecodingError {
            throw Refusal(error)
        }
    }
}
