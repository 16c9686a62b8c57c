import Glibc

/// What a training of a model of type `shade` gave.
public struct TunedStationModel: Sendable {
    /// The thresholds of the model.
    public var configuration: StationConfiguration
    /// Quality figures by name, in a fixed order.
    public var metrics: [(name: StaticString, value: Double)]
}

/// Fits how soon the station detector speaks up to the days of a tenant's stations: days of the history are judged as
/// they were, which is taken for ordinary, and with a surge, a drop or a silence put into them. The factor on the
/// evidence is fitted by logistic regression on both, ordinary days counting as much more as they are more frequent.
public struct StationTuner: Sendable {
    /// How much more an ordinary day counts.
    private static let ordinaryWeight = 19.0
    /// The factor stays within these bounds: a model is never deaf, nor does it cry out every day.
    private static let bounds = 0.7...1.4
    /// Days of history before the first one that is judged, and days judged of each station at most.
    private static let leastHistory = 21
    private static let greatestDays = 120
    /// Passes without a gain on the held-out part after which it ends.
    private static let patience = 3

    private let settings: TuningSettings

    /// A day judged by the base model.
    private struct Example {
        /// The evidence of all parts: 1 is the threshold.
        var evidence: Double
        var isFault: Bool

        /// The score under a factor on the evidence.
        func score(_ sensitivity: Double) -> Double { 1 - exp2(-evidence * sensitivity) }
    }

    /// Makes a tuner.
    /// - Parameter settings: Settings of the training.
    public init(_ settings: TuningSettings) {
        self.settings = settings
    }

    /// Trains.
    /// - Parameters:
    ///   - histories: The energy of each station.
    ///   - isCancelled: Asked often; true ends the training.
    /// - Returns: The model; nil when it was cancelled. Histories too short to learn from give the base model.
    public func tune(_ histories: [StationHistory], isCancelled: () -> Bool = { false }) -> TunedStationModel? {
        var random = SeededRandom(seed: UInt64(bitPattern: Int64(settings.randomState)))
        var training: [Example] = []
        var heldOut: [Example] = []
        for history in histories {
            let count = history.hourlyKilowattHours.count / StationHistory.hoursOfDay
            for offset in (0..<count).dropFirst(Self.leastHistory).suffix(Self.greatestDays) {
                guard !isCancelled() else { return nil }
                let examples = examples(history, offset, &random)
                if random.chance(settings.validationSplit) { heldOut += examples } else { training += examples }
            }
        }
        var configuration = StationConfiguration()
        let judges = heldOut.isEmpty ? training : heldOut
        let (sensitivity, epochs) = fit(training, judges: judges, &random)
        configuration.sensitivity = sensitivity
        var metrics = figures(judges, sensitivity)
        metrics.append(("trainingDays", Double(training.count / 2)))
        metrics.append(("heldOutDays", Double(heldOut.count / 2)))
        metrics.append(("epochsRun", Double(epochs)))
        return TunedStationModel(configuration: configuration, metrics: metrics)
    }

    /// A day as it was and with a fault.
    private func examples(_ history: StationHistory, _ offset: Int, _ random: inout SeededRandom) -> [Example] {
        let hours = offset * StationHistory.hoursOfDay..<(offset + 1) * StationHistory.hoursOfDay
        let factor = random.pick([0, random.number(0.05...0.35), random.number(2.5...5)])
        var faulty = history.hourlyKilowattHours
        for hour in hours { faulty[hour] *= Float(factor) }
        let changed = StationHistory(firstDay: history.firstDay, hourlyKilowattHours: faulty)
        let day = history.firstDay + offset
        return [
            Example(evidence: evidence(history, day), isFault: false),
            Example(evidence: evidence(changed, day), isFault: true),
        ]
    }

    private func evidence(_ history: StationHistory, _ day: Int) -> Double {
        StationDetector.judge(history, day: day).evidence.combined
    }

    private func loss(_ examples: [Example], _ sensitivity: Double) -> Double {
        var sum = 0.0
        for example in examples {
            let score = min(max(example.score(sensitivity), 1e-6), 1 - 1e-6)
            sum -= example.isFault ? log(score) : Self.ordinaryWeight * log(1 - score)
        }
        return examples.isEmpty ? 0 : sum / Double(examples.count)
    }

    /// Mini-batch gradient descent on the logarithm of the factor, stopped early.
    private func fit(
        _ training: [Example], judges: [Example], _ random: inout SeededRandom
    ) -> (sensitivity: Double, epochs: Int) {
        var logarithm = 0.0
        var best = (sensitivity: 1.0, loss: loss(judges, 1))
        var idle = 0
        var epochs = 0
        while epochs < settings.epochs, idle < Self.patience, !training.isEmpty {
            epochs += 1
            let order = training.shuffled(using: &random)
            for start in stride(from: 0, to: order.count, by: settings.batchSize) {
                let batch = Array(order[start..<min(order.count, start + settings.batchSize)])
                let step = 0.01
                let slope = (loss(batch, exp(logarithm + step)) - loss(batch, exp(logarithm - step))) / (2 * step)
                // The slope is cut, as ordinary days far beyond the threshold have slopes without bound.
                logarithm -= settings.learningRate * min(max(slope, -10), 10)
                logarithm = min(max(logarithm, log(Self.bounds.lowerBound)), log(Self.bounds.upperBound))
            }
            let loss = loss(judges, exp(logarithm))
            if loss < best.loss {
                best = (exp(logarithm), loss)
                idle = 0
            } else {
                idle += 1
            }
        }
        return (best.sensitivity, epochs)
    }

    private func figures(_ examples: [Example], _ sensitivity: Double) -> [(name: StaticString, value: Double)] {
        func measure(_ sensitivity: Double) -> (precision: Double, recall: Double, score: Double, flagRate: Double) {
            let found = examples.count { $0.isFault && $0.score(sensitivity) >= 0.5 }
            let alarms = examples.count { !$0.isFault && $0.score(sensitivity) >= 0.5 }
            let half = Double(max(1, examples.count / 2))
            let recall = Double(found) / half
            let precision = found + alarms == 0 ? 1 : Double(found) / Double(found + alarms)
            let score = recall + precision == 0 ? 0 : 2 * recall * precision / (recall + precision)
            return (precision, recall, score, Double(alarms) / half)
        }
        let (after, before) = (measure(sensitivity), measure(1))
        return [
            ("precision", after.precision), ("recall", after.recall), ("f1", after.score),
            ("flagRate", after.flagRate), ("precisionBefore", before.precision), ("recallBefore", before.recall),
            ("f1Before", before.score), ("flagRateBefore", before.flagRate), ("sensitivity", sensitivity),
        ]
    }
}
