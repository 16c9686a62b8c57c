/// A fine-tuning of a model.
public struct FineTuneOrder: Encodable, Sendable, Equatable {
    /// How it is trained; what is nil takes its default.
    public struct TrainingConfig: Encodable, Sendable, Equatable {
        /// Passes over the training sessions.
        public var epochs: Int?
        /// Step of each pass.
        public var learningRate: Double?
        /// Sessions in a step.
        public var batchSize: Int?
        /// Part of the sessions that is held out.
        public var validationSplit: Double?
        /// Seed of the division.
        public var randomState: Int?

        /// Creates a configuration.
        public init(
            epochs: Int? = nil, learningRate: Double? = nil, batchSize: Int? = nil,
            validationSplit: Double? = nil,
            randomState: Int? = nil
        ) {
            self.epochs = epochs
            self.learningRate = learningRate
            self.batchSize = batchSize
            self.validationSplit = validationSplit
            self.randomState = randomState
        }
    }

    /// What it is trained on.
    public struct DataSource: Encodable, Sendable, Equatable {
        /// Kind of the source, as the contract names it.
        public var type: String
        /// Which of the tenant's sessions.
        public var sessionFilter: SessionFilter?

        /// Creates a source.
        public init(type: String, sessionFilter: SessionFilter? = nil) {
            self.type = type
            self.sessionFilter = sessionFilter
        }
    }

    /// The model that is tuned.
    public var baseModelId: String
    /// Name of the outcome, for people.
    public var name: String
    /// How it is trained.
    public var trainingConfig: TrainingConfig?
    /// What it is trained on.
    public var dataSource: DataSource

    /// Creates an order.
    public init(
        baseModelId: String, name: String, trainingConfig: TrainingConfig? = nil, dataSource: DataSource
    ) {
        self.baseModelId = baseModelId
        self.name = name
        self.trainingConfig = trainingConfig
        self.dataSource = dataSource
    }
}
