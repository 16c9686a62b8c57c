public import AnomalyDetection

/// Everything that explanations and answers about one session rest on.
public struct SessionStory: Sendable {
    /// The newest verdict besides its categories.
    public struct Verdict: Sendable, Equatable {
        /// Summary of the scores, 0 to 1.
        public var score: Double
        /// How sure it is, 0 to 1.
        public var confidence: Double
        /// Whether it calls for a person at once.
        public var isIncident: Bool
        /// Whether another session of the connector had one of the categories in the 30 days before.
        public var isRecurring: Bool
        /// Whether holes in the state of charge were filled in.
        public var isStateOfChargeReconstructed: Bool

        /// Makes the verdict of a story.
        public init(
            score: Double, confidence: Double, isIncident: Bool, isRecurring: Bool, isStateOfChargeReconstructed: Bool
        ) {
            self.score = score
            self.confidence = confidence
            self.isIncident = isIncident
            self.isRecurring = isRecurring
            self.isStateOfChargeReconstructed = isStateOfChargeReconstructed
        }
    }

    /// What the readings say; nil where there are none.
    public var digest: SessionDigest?
    /// The newest verdict; nil where there is none.
    public var verdict: Verdict?

    /// Makes a story.
    public init(digest: SessionDigest?, verdict: Verdict?) {
        self.digest = digest
        self.verdict = verdict
    }

    var found: [SessionDigest.Found] { digest?.found ?? [] }
}
