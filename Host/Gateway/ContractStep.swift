import GantryContract
import GantryCore
import GantryJSON
import GantryLoader
import GantryServer

/// Checks the request against the contract, lets the module add what a schema cannot say, and makes one answer of both.
enum ContractStep {
    /// Runs on the thread that will run the module.
    static func run(
        _ context: RequestContext, _ route: ModuleRoute, _ instance: any ModulePort, _ body: UnsafeRawBufferPointer
    ) -> Failure? {
        let findings = contractFindings(context, route, body)
        // Of a body that is no object nothing can be said field by field.
        if findings.contains(where: { $0.location == .body && $0.path.isEmpty && $0.keyword == .type }) {
            return .malformedJSON("The body is JSON of another kind than this operation takes.")
        }
        let known = findings.filter { $0.location != .path }
            .map { finding in
                FieldFinding(
                    field: finding.path, code: FindingCodes.code(finding.keyword, route.policy),
                    message: finding.message, location: location(finding.location))
            }
        var all = known
        if route.route.checks {
            all += context.nodes.withUnsafeBufferPointer { nodes in
                instance.check(
                    context.request, body: body, nodes: nodes, deadlineNanoseconds: context.deadlineNanoseconds,
                    trace: context.trace, known: known)
            }
            if all.count > known.count { all = FindingOrder.sorted(all, body: body, nodes: context.nodes, context) }
        }
        if !all.isEmpty { return .validation(all) }
        // Only the path is wrong: a record of an impossible name does not exist.
        return findings.isEmpty ? nil : missing(context, route)
    }

    private static func missing(_ context: RequestContext, _ route: ModuleRoute) -> Failure {
        guard let resource = route.route.resource, let id = context.request.pathParameters.last
        else { return .notFound }
        let text = String(decoding: context.request.text[id.start..<id.start + id.count], as: UTF8.self)
        return Failure.notFound.with { writer in
            writer.member("resource", resource)
            writer.member("id", text)
        }
    }

    /// A cookie is a header as far as modules are told.
    private static func location(_ location: Finding.Location) -> FieldFinding.Location {
        switch location {
        case .query: .query
        case .header, .cookie: .header
        case .body, .path: .body
        }
    }

    private static func contractFindings(
        _ context: RequestContext, _ route: ModuleRoute, _ body: UnsafeRawBufferPointer
    ) -> [Finding] {
        let parameters = context.request.text.withUnsafeBufferPointer { text in
            context.request.pathParameters.map { range in
                String(
                    decoding: UnsafeBufferPointer(rebasing: text[range.start..<range.start + range.count]),
                    as: UTF8.self)
            }
        }
        return context.exchange.withTarget { target in
            let query = RequestPath(target).map {
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(target)[$0.query])
            }
            return context.nodes.withUnsafeBufferPointer { nodes in
                var document: JSONValue?
                if let bytes = body.assumingMemoryBound(to: UInt8.self).baseAddress, let tape = nodes.baseAddress,
                    !nodes.isEmpty
                {
                    document = JSONValue(bytes: bytes, nodes: tape)
                }
                return route.operation.check(
                    pathParameters: parameters, query: query ?? UnsafeRawBufferPointer(start: nil, count: 0),
                    headers: { context.headerValue($0) }, body: document)
            }
        }
    }
}

extension RequestContext {
    /// The value of a header by its name in any case; a repeated header is joined by commas, cookies by semicolons.
    func headerValue(_ name: String) -> String? {
        var result: String?
        let wanted = name.lowercased()
        exchange.forEachField { name, value in
            guard name.elementsEqual(wanted.utf8) else { return }
            let value = RequestHeaders.text(value)
            result = result.map { $0 + (wanted == "cookie" ? "; " : ", ") + value } ?? value
        }
        return result
    }
}
