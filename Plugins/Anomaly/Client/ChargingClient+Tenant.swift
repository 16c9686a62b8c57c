extension ChargingClient {
    // MARK: Webhooks

    /// Reads all webhooks.
    public func listWebhooks() async throws -> Page<Webhook> { try await get(.listWebhooks) }

    /// Makes a webhook; the answer shows its secret this once.
    public func createWebhook(_ webhook: NewWebhook) async throws -> WebhookWithSecret {
        try await send(.createWebhook, [], webhook)
    }

    /// Reads one webhook with its latest deliveries.
    public func getWebhook(_ webhookId: String) async throws -> WebhookDetail {
        try await get(.getWebhook, [webhookId])
    }

    /// Changes a webhook.
    public func updateWebhook(_ webhookId: String, _ change: WebhookChange) async throws -> Webhook {
        try await send(.updateWebhook, [webhookId], change)
    }

    /// Removes a webhook.
    public func deleteWebhook(_ webhookId: String) async throws {
        try await perform(.deleteWebhook, [webhookId])
    }

    /// Gives a webhook a new secret, which the answer shows this once.
    public func rotateWebhookSecret(_ webhookId: String) async throws -> WebhookWithSecret {
        try await get(.rotateWebhookSecret, [webhookId])
    }

    /// Has a trial delivery made.
    public func testWebhook(_ webhookId: String) async throws {
        try await perform(.testWebhook, [webhookId])
    }

    // MARK: API keys

    /// Reads all API keys.
    public func listApiKeys() async throws -> ApiKeyList { try await get(.listApiKeys) }

    /// Makes an API key; the answer shows it this once.
    public func createApiKey(name: String, description: String? = nil) async throws -> ApiKeyCreated {
        try await send(.createApiKey, [], NewApiKey(name: name, description: description))
    }

    /// Revokes an API key.
    public func revokeApiKey(_ keyId: String) async throws {
        try await perform(.revokeApiKey, [keyId])
    }

    // MARK: Organization and members

    /// Reads the organization record.
    public func getOrganization() async throws -> Organization { try await get(.getOrganization) }

    /// Writes the organization record.
    public func updateOrganization(_ record: OrganizationRecord) async throws -> Organization {
        try await send(.updateOrganization, [], record)
    }

    /// Reads everybody with access to the tenant.
    public func listMembers() async throws -> MemberList { try await get(.listMembers) }

    /// Takes a person's access away.
    public func removeMember(_ userId: String) async throws {
        try await perform(.removeMember, [userId])
    }
}
