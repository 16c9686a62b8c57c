import GantryJSON

extension ContractOperation {
    /// Whether the contract knows answers of this status, by itself, by its class (`4XX`) or as `default`.
    public func declares(status: Int) -> Bool { rule(ofStatus: status) != nil }

    /// Checks a whole answer against what the contract says of its status: whether there is a body, of which media
    /// type, by which schema if it is JSON, and the headers. Unknown members are refused wherever the schema does so,
    /// whatever the policy on requests; text is not trimmed, and control characters are not looked for.
    ///
    /// - Parameters:
    ///   - contentType: The media type as sent, empty where there is none.
    ///   - headers: Gives the value of a header by its declared name, whose case does not matter, or nil.
    ///   - isStream: Whether the body is not here but follows as a stream: then it is not checked.
    /// - Returns: At most 50 findings on headers and body. One with the keyword `never` says that the status itself is
    ///   not declared.
    public func checkResponse(
        status: Int, contentType: String, headers: (String) -> String? = { _ in nil }, body: UnsafeRawBufferPointer,
        isStream: Bool = false
    ) -> [Finding] {
        withExtendedLifetime(table) {
            guard let rule = rule(ofStatus: status) else {
                return [Self.fault(.body, "", .never, "is answered with the status \(status), which is not declared")]
            }
            var findings: [Finding] = []
            for (position, header) in rule.headers.enumerated() {
                if var value = headers(header.name) {
                    value.withUTF8 { table.check(header, text: $0, order: position, into: &findings) }
                } else if header.isRequired {
                    findings.append(Self.missing(header, order: position))
                }
            }
            checkBody(rule, contentType, isStream ? nil : body, &findings)
            return findings
        }
    }

    private func rule(ofStatus status: Int) -> ResponseRule? {
        responses[String(status)] ?? responses["\(status / 100)XX"] ?? responses["default"]
    }

    private func checkBody(
        _ rule: ResponseRule, _ contentType: String, _ body: UnsafeRawBufferPointer?, _ findings: inout [Finding]
    ) {
        if rule.mediaTypes.isEmpty {
            if body.map({ !$0.isEmpty }) ?? true {
                findings.append(Self.fault(.body, "", .never, "must be empty, since no content is declared"))
            }
            return
        }
        guard let position = rule.position(of: contentType) else {
            let known = rule.mediaTypes.joined(separator: ", ")
            findings.append(Self.fault(.header, "Content-Type", .enumeration, "must be one of \(known)"))
            return
        }
        let schema = rule.schemas[position]
        guard let body, schema >= 0, RequestBody.isJSON(RequestBody.essence(contentType)) else { return }
        let document: JSONDocument
        do { document = try JSONDocument(body, maximumDepth: 512) } catch {
            findings.append(Self.fault(.body, "", .type, "must be JSON: \(error.message)"))
            return
        }
        document.withRoot { findings += table.responseFindings(schema, in: $0) }
    }

    private static func fault(
        _ location: Finding.Location, _ path: String, _ keyword: Keyword, _ message: String
    ) -> Finding {
        Finding(location: location, path: path, keyword: keyword, message: message)
    }
}

extension SchemaTable {
    /// Findings on the body of an answer.
    fileprivate func responseFindings(_ schema: SchemaIndex, in value: JSONValue) -> [Finding] {
        var checker = checker
        checker.isClosed = true
        var collector = FindingCollector(isRecording: true, for: value)
        _ = checker.check(schema, value, trims: false, &collector)
        return collector.findings(root: value, location: .body)
    }
}
