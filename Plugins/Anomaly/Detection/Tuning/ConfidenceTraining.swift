import Glibc

/// One finding of which it is known whether it was right.
struct ConfidenceExample: Sendable {
    /// Log-odds of the confidence before training.
    var logOdds: Double
    /// How far the finding exceeds its rule, at most `ConfidenceWeights.greatestExcess`.
    var excess: Double
    var category: AnomalyCategory
    var isRight: Bool
    /// How much it counts.
    var weight: Double

    /// What a person judged counts as so many planted faults: that is what the tenant's own faults look like.
    static let weightOfJudged = 10.0

    init(_ finding: Finding, isRight: Bool, weight: Double = 1) {
        self.weight = weight
        let bounded = min(max(finding.confidence, 0.001), 0.999)
        logOdds = log(bounded / (1 - bounded))
        excess = ConfidenceWeights.excess(ofScore: finding.score)
        category = finding.category
        self.isRight = isRight
    }
}

/// Fits the weights of the confidence by logistic regression: mini-batch gradient descent on the log loss with Adam's
/// step lengths (Kingma and Ba 2015), drawn towards the base weights, stopped early on the held-out part (Prechelt
/// 1998).
struct ConfidenceTraining {
    /// Pull towards the base weights.
    private static let decay = 0.01
    /// Passes without a gain on the held-out part after which it ends.
    private static let patience = 3

    let settings: TuningSettings
    var random: SeededRandom
    private(set) var epochsRun = 0

    init(_ settings: TuningSettings, _ random: SeededRandom) {
        self.settings = settings
        self.random = random
    }

    /// The mean log loss of examples under weights; 0 without examples.
    static func loss(_ examples: [ConfidenceExample], _ weights: ConfidenceWeights) -> Double {
        mean(examples, weights) { confidence, isRight in
            let bounded = min(max(confidence, 1e-9), 1 - 1e-9)
            return isRight ? -log(bounded) : -log(1 - bounded)
        }
    }

    /// The mean squared distance of confidence and truth (Brier 1950); 0 without examples.
    static func brier(_ examples: [ConfidenceExample], _ weights: ConfidenceWeights) -> Double {
        mean(examples, weights) { confidence, isRight in
            let distance = confidence - (isRight ? 1 : 0)
            return distance * distance
        }
    }

    private static func mean(
        _ examples: [ConfidenceExample], _ weights: ConfidenceWeights, _ value: (Double, Bool) -> Double
    ) -> Double {
        var sum = 0.0
        var total = 0.0
        for example in examples {
            let confidence = weights.confidence(example.logOdds, example.excess, example.category)
            sum += example.weight * value(confidence, example.isRight)
            total += example.weight
        }
        return total > 0 ? sum / total : 0
    }

    /// The weights that serve the held-out examples best, or the training examples where none were held out.
    mutating func run(_ examples: [ConfidenceExample], heldOut: [ConfidenceExample]) -> ConfidenceWeights {
        guard !examples.isEmpty else { return ConfidenceWeights() }
        let judges = heldOut.isEmpty ? examples : heldOut
        var descent = Descent(rate: settings.learningRate)
        var best = (weights: ConfidenceWeights(), loss: Self.loss(judges, ConfidenceWeights()))
        var idle = 0
        for _ in 0..<settings.epochs {
            epochsRun += 1
            let order = examples.shuffled(using: &random)
            for start in stride(from: 0, to: order.count, by: settings.batchSize) {
                descent.step(order[start..<min(order.count, start + settings.batchSize)], decay: Self.decay)
            }
            let loss = Self.loss(judges, descent.weights)
            if loss < best.loss {
                best = (descent.weights, loss)
                idle = 0
            } else {
                idle += 1
                if idle >= Self.patience { break }
            }
        }
        return best.weights
    }
}

/// The state of the descent: the weights with running means of their gradients.
private struct Descent {
    let rate: Double
    private(set) var weights = ConfidenceWeights()
    private var mean = ConfidenceWeights.zero
    private var square = ConfidenceWeights.zero
    private var steps = 0.0

    init(rate: Double) {
        self.rate = rate
    }

    mutating func step(_ batch: ArraySlice<ConfidenceExample>, decay: Double) {
        var gradient = ConfidenceWeights.zero
        let share = 1 / batch.reduce(0) { $0 + $1.weight }
        for example in batch {
            let confidence = weights.confidence(example.logOdds, example.excess, example.category)
            let error = (confidence - (example.isRight ? 1 : 0)) * share * example.weight
            gradient.slope += error * example.logOdds
            gradient.excess += error * example.excess
            gradient.bias[Int(example.category.rawValue)] += error
        }
        gradient.slope += decay * (weights.slope - 1)
        gradient.excess += decay * weights.excess
        gradient.bias += decay * weights.bias
        steps += 1
        let corrections = (1 - pow(0.9, steps), 1 - pow(0.999, steps))
        func moved(_ weight: inout Double, _ gradient: Double, _ mean: inout Double, _ square: inout Double) {
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.999 * square + 0.001 * gradient * gradient
            weight -= rate * (mean / corrections.0) / ((square / corrections.1).squareRoot() + 1e-8)
        }
        moved(&weights.slope, gradient.slope, &mean.slope, &square.slope)
        moved(&weights.excess, gradient.excess, &mean.excess, &square.excess)
        for index in 0..<AnomalyCategory.allCases.count where gradient.bias[index] != 0 || mean.bias[index] != 0 {
            moved(&weights.bias[index], gradient.bias[index], &mean.bias[index], &square.bias[index])
        }
        weights.keepBounds()
    }
}
