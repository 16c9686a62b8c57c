/// Settings of a training.
public struct TuningSettings: Sendable, Equatable {
    /// How often the training part is gone through at most.
    public var epochs: Int
    /// Length of a step of the gradient descent, in log-odds.
    public var learningRate: Double
    /// Examples whose gradients make up one step.
    public var batchSize: Int
    /// Share of the sessions that is held out: training stops where it no longer helps there, and the quality is
    /// measured there.
    public var validationSplit: Double
    /// Seed of the split, of what is planted, and of the order of the examples.
    public var randomState: Int

    /// Makes settings; what is left out takes its default.
    public init(
        epochs: Int = 10, learningRate: Double = 0.001, batchSize: Int = 32, validationSplit: Double = 0.1,
        randomState: Int = 0
    ) {
        self.epochs = epochs
        self.learningRate = learningRate
        self.batchSize = batchSize
        self.validationSplit = validationSplit
        self.randomState = randomState
    }
}

/// A session to learn from.
public struct TuningSession: Sendable {
    /// The session.
    public var sample: SampleSession
    /// What people made of the categories found in it: false for a false alarm, true for one that was remedied.
    public var judgements: [AnomalyCategory: Bool]

    /// Makes a session to learn from.
    public init(sample: SampleSession, judgements: [AnomalyCategory: Bool] = [:]) {
        self.sample = sample
        self.judgements = judgements
    }
}

/// What a training gave.
public struct TunedModel: Sendable {
    /// The thresholds and scales of the model.
    public var configuration: DetectionConfiguration
    /// Quality figures by name, in a fixed order.
    public var metrics: [(name: StaticString, value: Double)]
}
