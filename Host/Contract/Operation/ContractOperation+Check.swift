public import GantryJSON

extension ContractOperation {
    /// Checks a request against everything that the contract says about it. A valid one costs next to no allocation.
    ///
    /// - Parameters:
    ///   - pathParameters: Decoded values of the path's templates, in the order of `pathParameterNames`.
    ///   - query: The query as received, without `?`. Of a parameter that is no list the last occurrence counts;
    ///     parameters that are not declared are ignored.
    ///   - headers: Gives the value of a header by its declared name, whose case does not matter, or nil.
    ///   - body: The scanned body, or nil where there is none or it is not JSON.
    /// - Returns: At most 50 findings: those on path, query, headers and body, each in the order of the request.
    public func check(
        pathParameters values: [String], query: UnsafeRawBufferPointer, headers: (String) -> String?, body: JSONValue?
    ) -> [Finding] {
        withExtendedLifetime(table) {
            var findings: [Finding] = []
            checkPath(values, &findings)
            if !queryParameters.isEmpty { checkQuery(query.bindMemory(to: UInt8.self), &findings) }
            if !headerParameters.isEmpty { checkHeaders(headers, &findings) }
            if let requestBody { check(requestBody, body, &findings) }
            let surplus = findings.count - FindingCollector.maximumReported
            if surplus > 0 { findings.removeLast(surplus) }
            return findings
        }
    }

    /// Checks a request whose query is a string; see the other form.
    public func check(
        pathParameters values: [String] = [], query: String = "", headers: (String) -> String? = { _ in nil },
        body: JSONValue? = nil
    ) -> [Finding] {
        var query = query
        return query.withUTF8 { buffer in
            check(pathParameters: values, query: UnsafeRawBufferPointer(buffer), headers: headers, body: body)
        }
    }

    private func checkPath(_ values: [String], _ findings: inout [Finding]) {
        for (position, parameter) in pathParameters.enumerated() {
            guard let parameter, position < values.count else { continue }
            var value = values[position]
            value.withUTF8 { table.check(parameter, text: $0, order: position, into: &findings) }
        }
    }

    private func checkHeaders(_ headers: (String) -> String?, _ findings: inout [Finding]) {
        for (position, parameter) in headerParameters.enumerated() {
            let value =
                parameter.location == .cookie
                ? headers("Cookie").flatMap { Self.cookie(parameter.name, in: $0) } : headers(parameter.name)
            if var value {
                value.withUTF8 { table.check(parameter, text: $0, order: position, into: &findings) }
            } else if parameter.isRequired {
                findings.append(Self.missing(parameter, order: position))
            }
        }
    }

    private static func cookie(_ name: String, in header: String) -> String? {
        for pair in header.split(separator: ";") {
            let trimmed = pair.drop { $0 == " " }
            if trimmed.hasPrefix(name), trimmed.dropFirst(name.count).first == "=" {
                return String(trimmed.dropFirst(name.count + 1))
            }
        }
        return nil
    }

    private func check(_ rule: RequestBody, _ body: JSONValue?, _ findings: inout [Finding]) {
        guard let body else {
            if rule.isRequired, rule.isJSON {
                findings.append(Finding(location: .body, path: "", keyword: .required, message: "is required"))
            }
            return
        }
        guard rule.isJSON else { return }
        let checker = table.checker
        let isClean = !table.policy.refusesControlCharacters || !ControlCharacters.occur(in: body)
        if isClean, checker.accepts(rule.schema, body, trims: checker.trimsAll) { return }
        findings += table.findings(rule.schema, in: body, location: .body, prefix: "", trims: checker.trimsAll)
    }

    static func missing(_ parameter: Parameter, order: Int) -> Finding {
        Finding(
            location: parameter.location, path: parameter.name, keyword: .required, message: "is required", order: order
        )
    }
}
