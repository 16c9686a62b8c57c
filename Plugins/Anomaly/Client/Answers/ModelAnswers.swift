/// A detection model.
public struct Model: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Name for people.
    public let name: String
    /// Kind.
    public let type: ModelType
    /// Dotted version, for instance 2.1.0.
    public let version: String
    /// True for models shared by all tenants.
    public let isBase: Bool
    /// Identifier of the model it was tuned from.
    public let baseModel: String?
    /// Quality figures by name, such as precision, recall or f1.
    public let metrics: [String: FreeValue]
    /// Where it stands.
    public let status: ModelStatus
    /// When it was stored, UTC.
    public let createdAt: String
}

/// A detection model in full.
public struct ModelDetail: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Name for people.
    public let name: String
    /// Kind.
    public let type: ModelType
    /// Dotted version, for instance 2.1.0.
    public let version: String
    /// True for models shared by all tenants.
    public let isBase: Bool
    /// Identifier of the model it was tuned from.
    public let baseModel: String?
    /// Quality figures by name, such as precision, recall or f1.
    public let metrics: [String: FreeValue]
    /// Where it stands.
    public let status: ModelStatus
    /// When it was stored, UTC.
    public let createdAt: String
    /// S3 path.
    public let s3Path: String?
    /// A description for people.
    public let description: String?
}

/// All models.
public struct ModelList: Codable, Sendable, Equatable {
    /// The models.
    public let models: [Model]
}

/// What comes back when a fine-tuning was queued.
public struct FineTuneAccepted: Codable, Sendable, Equatable {
    /// Identifier to ask with.
    public let jobId: String
    /// Where it stands.
    public let status: FineTuneStatus
    /// The model that is tuned.
    public let baseModelId: String
    /// When it was stored, UTC.
    public let createdAt: String
}

/// How far a fine-tuning has come.
public struct FineTuneJob: Codable, Sendable, Equatable {
    /// Identifier to ask with.
    public let jobId: String
    /// Where it stands.
    public let status: FineTuneStatus
    /// The model that is tuned.
    public let baseModelId: String
    /// The model that came of it.
    public let resultModelId: String?
    /// Training settings in force, with `dataSource` as requested.
    public let config: [String: FreeValue]
    /// When it was stored, UTC.
    public let createdAt: String
    /// When it began, UTC.
    public let startedAt: String?
    /// End of the job, successful or not.
    public let completedAt: String?
    /// Why it failed.
    public let errorMessage: String?
}
