import GantryIdentity
import GantryJSON

extension Administration {
    private static let longestAuditPage = 5000

    /// Entries of a tenant's chain, or of the deployment's own: the newest, or those behind a number.
    func listAudit(_ arguments: CommandArguments) throws -> String {
        let chain = try chain(arguments)
        let values = arguments.values
        guard let limit = Int(values["limit"] ?? "50"), (1...Self.longestAuditPage).contains(limit) else {
            throw AdministrationError(
                code: "invalid", message: "At most \(Self.longestAuditPage) entries are listed at once.")
        }
        let after = try values["after"].map { text in
            guard let number = Int64(text), number >= 0 else {
                throw AdministrationError(code: "invalid", message: "`\(text)` is no number of an entry.")
            }
            return number
        }
        let query = AuditLog.Query(
            chain: chain, after: after, limit: limit, action: values["action"], actor: values["actor"],
            outcome: values["outcome"])
        let entries = try directory.audit.entries(query)
        let head = try directory.audit.head(of: chain)
        return Self.object { writer in
            writer.key("items")
            Self.array(entries, into: &writer) { entry, writer in entry.write(into: &writer) }
            writer.key("head")
            if let head { Self.write(head, into: &writer) } else { writer.null() }
        }
    }

    /// Checks one chain or all of them.
    func verifyAudit(_ arguments: CommandArguments) throws -> String {
        let log = directory.audit
        let chains = arguments.values["tenant"] == nil ? try log.chains() : [try chain(arguments)]
        var findings: [AuditFinding] = []
        var (entryCount, findingCount) = (0, 0)
        for chain in chains {
            let verifier = try log.verify(chain)
            entryCount += verifier.entryCount
            findingCount += verifier.findingCount
            findings += verifier.findings
        }
        return Self.object { writer in
            writer.key("intact")
            writer.bool(findingCount == 0)
            writer.key("chains")
            writer.int(chains.count)
            writer.key("entries")
            writer.int(entryCount)
            writer.key("sealed")
            writer.bool(log.key != nil)
            writer.key("finding_count")
            writer.int(findingCount)
            writer.key("findings")
            Self.array(findings, into: &writer) { finding, writer in finding.write(into: &writer) }
        }
    }

    /// Forgets what was exported before.
    func archiveAudit(_ arguments: CommandArguments) throws -> String {
        let chain = try chain(arguments)
        guard let sequence = Int64(try arguments.required("id")), sequence > 0 else {
            throw AdministrationError(code: "invalid", message: "Name the number of the last entry that was exported.")
        }
        let verifier = try directory.audit.verify(chain)
        guard verifier.findingCount == 0 else {
            throw AdministrationError(
                code: "conflict",
                message: "The chain is not intact, so nothing is taken away. See `gantry audit verify`.")
        }
        let count = try directory.audit.forget(upTo: sequence, of: chain)
        return Self.object { writer in
            writer.key("archived")
            writer.int(count)
            writer.key("up_to")
            writer.int(sequence)
        }
    }

    /// The chain of the tenant that is named; else the deployment's own. A tenant that is gone may have left one.
    private func chain(_ arguments: CommandArguments) throws -> String {
        guard let tenant = arguments.values["tenant"], !tenant.isEmpty else { return AuditLog.deploymentChain }
        if try directory.tenant(tenant) == nil, try !directory.audit.chains().contains(tenant) {
            throw AdministrationError(code: "not_found", message: "There is no tenant `\(tenant)`.")
        }
        return tenant
    }

    private static func write(_ head: AuditHead, into writer: inout JSONWriter) {
        writer.beginObject()
        head.write(into: &writer)
        writer.endObject()
    }
}
