import GantryIdentity
import GantryServer
import GantryThreads

extension HostRoutes {
    /// Answers with the tenant's document, a page that presents it, or a file of one.
    func answerDocument(_ context: RequestContext, _ kind: HostRoute.Kind) {
        if case .document = kind {
            return KeyStep.whenJudged(context, header: context.headers.authorization) { [self] failure in
                if let failure { return ResponseStep.fail(context, failure) }
                sendMergedDocument(context)
            }
        }
        if let content = pages.loaded { return answerPage(context, kind, content) }
        // Reading and compressing some megabytes is nothing for an event loop.
        let isAccepted = context.gateway.pool.submit { [self] in
            guard let content = pages.load(context.gateway.compression) else {
                return ResponseStep.fail(context, .pagesMissing)
            }
            answerPage(context, kind, content)
        }
        if !isAccepted { ResponseStep.fail(context, .overloaded(PlatformDocument.id)) }
    }

    private func answerPage(_ context: RequestContext, _ kind: HostRoute.Kind, _ content: DocumentPages.Content) {
        switch kind {
        case .explorer: content.explorer.send(context)
        case .reader: content.reader.send(context)
        default:
            let path = context.exchange.target.prefix { $0 != "?" }
            // The target may be an absolute one.
            let name = path.firstRange(of: Self.pageFiles).map { String(path[$0.upperBound...]) }
            guard let file = name.flatMap({ content.files[$0] }) else {
                return ResponseStep.fail(context, .routeNotFound)
            }
            file.send(context)
        }
    }

    private func sendMergedDocument(_ context: RequestContext) {
        if context.headers.authorization != nil && context.principal == nil {
            return ResponseStep.fail(context, .unauthenticated(wasRefused: true))
        }
        switch TenantStep.run(context) {
        case .failure(let failure): return ResponseStep.fail(context, failure)
        case .named(let tenant): context.tenant = tenant
        case .unnamed: context.tenant = context.state.defaultTenant
        }
        if context.tenant?.isActive == false { return ResponseStep.fail(context, .tenantInactive) }
        documents.document(of: context.tenant?.table, compression: context.gateway.compression) { document in
            guard let document else { return ResponseStep.fail(context, .overloaded(PlatformDocument.id)) }
            document.send(context)
        }
    }
}

extension Failure {
    static let pagesMissing = Failure(
        503, "pages_missing",
        "This host was installed without the files of its pages. The document itself is at /openapi.json."
    ).with { $0.member("service", "pages") }
}
