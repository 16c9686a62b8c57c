/// Fits a model of type `csar_2` to sessions: what the rules demand is found by every model; what is learned is how
/// sure findings are, how the scores spread, and where a threshold can be a little lower than the rule's.
///
/// Faults are planted into the sessions that the base model calls clean, and ordinary changes are made to them, so that
/// it is known what is right; what people made of natural findings (remedied, or a false alarm) is known besides. Equal
/// sessions in equal order with equal settings give an equal model.
public struct ModelTuner: Sendable {
    /// Categories planted, and ordinary changes made, for each clean session.
    private static let plantedForSession = 6
    private static let changesForSession = 2

    private let base: DetectionConfiguration
    private let settings: TuningSettings

    /// A session with what was made of it.
    private struct Case: Sendable {
        var session: TuningSession
        var isClean: Bool
        var planted: [PlantedFault] = []
        var changed: [SampleSession] = []
        var isHeldOut: Bool
    }

    /// Counts of found and overlooked faults and of false alarms.
    private struct Tally {
        var planted = 0
        var found = 0
        var ordinary = 0
        var alarms = 0
        var sessions = 0
        var flagged = 0

        var recall: Double { planted == 0 ? 1 : Double(found) / Double(planted) }
        var precision: Double { found + alarms == 0 ? 1 : Double(found) / Double(found + alarms) }
        var score: Double { recall + precision == 0 ? 0 : 2 * recall * precision / (recall + precision) }
        var flagRate: Double { sessions == 0 ? 0 : Double(flagged) / Double(sessions) }
    }

    /// Makes a tuner.
    /// - Parameters:
    ///   - settings: Settings of the training.
    ///   - base: The model to start from.
    public init(_ settings: TuningSettings, base: DetectionConfiguration = DetectionConfiguration()) {
        self.settings = settings
        self.base = base
    }

    /// Trains.
    /// - Parameters:
    ///   - sessions: What to learn from.
    ///   - isCancelled: Asked often; true ends the training.
    /// - Returns: The model; nil when it was cancelled.
    public func tune(_ sessions: [TuningSession], isCancelled: () -> Bool = { false }) -> TunedModel? {
        var random = SeededRandom(seed: UInt64(bitPattern: Int64(settings.randomState)))
        let heldOut = heldOutPart(sessions.count, &random)
        var cases: [Case] = []
        cases.reserveCapacity(sessions.count)
        for (position, session) in sessions.enumerated() {
            guard !isCancelled() else { return nil }
            cases.append(prepare(session, isHeldOut: heldOut.contains(position), random.branch()))
        }
        var configuration = base
        calibrate(&configuration, cases)
        let examples = examples(cases.filter { !$0.isHeldOut }, configuration)
        let judges = examplesHeldOut(cases, configuration)
        guard !isCancelled() else { return nil }
        var training = ConfidenceTraining(settings, random.branch())
        configuration.confidence = training.run(examples, heldOut: judges)
        guard !isCancelled() else { return nil }
        return TunedModel(
            configuration: configuration,
            metrics: metrics(cases, configuration, judges.isEmpty ? examples : judges, training.epochsRun))
    }

    /// Positions of the sessions that are held out.
    private func heldOutPart(_ count: Int, _ random: inout SeededRandom) -> Set<Int> {
        let size = Int((settings.validationSplit * Double(count)).rounded())
        return Set((0..<count).shuffled(using: &random).prefix(size))
    }

    private func prepare(_ session: TuningSession, isHeldOut: Bool, _ seed: SeededRandom) -> Case {
        var random = seed
        var prepared = Case(
            session: session, isClean: !session.sample.verdict(base).isAnomaly, isHeldOut: isHeldOut)
        guard prepared.isClean else { return prepared }
        var planter = FaultPlanter(random: random.branch(), configuration: base)
        for category in AnomalyCategory.allCases.shuffled(using: &random) {
            if let fault = planter.plant(category, into: session.sample) { prepared.planted.append(fault) }
            if prepared.planted.count == Self.plantedForSession { break }
        }
        for change in OrdinaryChange.allCases.shuffled(using: &random).prefix(Self.changesForSession) {
            prepared.changed.append(change.applied(to: session.sample, &random))
        }
        return prepared
    }

    /// Sets scales and thresholds by the training part. Lowered thresholds must not flag anything of it that is clean.
    private func calibrate(_ configuration: inout DetectionConfiguration, _ cases: [Case]) {
        var scales = SeverityScales()
        var extremes = ElectricalExtremes()
        let training = cases.filter { !$0.isHeldOut }
        for item in training {
            if item.isClean { extremes.add(item.session.sample, base) }
            for finding in item.session.sample.verdict(base).findings
            where item.session.judgements[finding.category] != false {
                scales.add(finding)
            }
        }
        scales.apply(to: &configuration)
        let unlowered = configuration.electrical
        extremes.apply(to: &configuration)
        let lowered = configuration
        let isHarmless = training.allSatisfy { item in
            !item.isClean
                || !item.session.sample.verdict(lowered).isAnomaly
                    && item.changed.allSatisfy { !$0.verdict(lowered).isAnomaly || $0.verdict(base).isAnomaly }
        }
        if !isHarmless { configuration.electrical = unlowered }
    }

    private func examplesHeldOut(
        _ cases: [Case], _ configuration: DetectionConfiguration
    ) -> [ConfidenceExample] {
        examples(cases.filter(\.isHeldOut), configuration)
    }

    /// The findings of which it is known whether they are right.
    private func examples(_ cases: [Case], _ configuration: DetectionConfiguration) -> [ConfidenceExample] {
        var examples: [ConfidenceExample] = []
        for item in cases {
            for finding in item.session.sample.verdict(configuration).findings {
                guard let isRight = item.session.judgements[finding.category] else { continue }
                examples.append(
                    ConfidenceExample(finding, isRight: isRight, weight: ConfidenceExample.weightOfJudged))
            }
            for fault in item.planted {
                for finding in fault.session.verdict(configuration).findings {
                    // A fault may rightly show in other categories too; only its own is sure.
                    guard finding.category == fault.category else { continue }
                    let overlaps =
                        finding.startMilliseconds <= fault.endMilliseconds
                        && finding.endMilliseconds >= fault.startMilliseconds
                    examples.append(ConfidenceExample(finding, isRight: overlaps))
                }
            }
            for changed in item.changed {
                for finding in changed.verdict(configuration).findings {
                    examples.append(ConfidenceExample(finding, isRight: false))
                }
            }
        }
        return examples
    }

    private func tally(_ cases: [Case], _ configuration: DetectionConfiguration) -> Tally {
        var tally = Tally()
        for item in cases {
            let isFlagged = item.session.sample.verdict(configuration).isAnomaly
            tally.sessions += 1
            if isFlagged { tally.flagged += 1 }
            for fault in item.planted {
                tally.planted += 1
                if fault.finding(in: fault.session.verdict(configuration)) != nil { tally.found += 1 }
            }
            guard item.isClean else { continue }
            tally.ordinary += 1 + item.changed.count
            if isFlagged { tally.alarms += 1 }
            tally.alarms += item.changed.count { $0.verdict(configuration).isAnomaly }
        }
        return tally
    }

    private func metrics(
        _ cases: [Case], _ configuration: DetectionConfiguration, _ examples: [ConfidenceExample], _ epochs: Int
    ) -> [(name: StaticString, value: Double)] {
        let heldOut = cases.filter(\.isHeldOut)
        let judged = heldOut.isEmpty ? cases : heldOut
        let before = tally(judged, base)
        let after = tally(judged, configuration)
        return [
            ("precision", after.precision), ("recall", after.recall), ("f1", after.score),
            ("flagRate", after.flagRate), ("brier", ConfidenceTraining.brier(examples, configuration.confidence)),
            ("precisionBefore", before.precision), ("recallBefore", before.recall), ("f1Before", before.score),
            ("flagRateBefore", before.flagRate),
            ("brierBefore", ConfidenceTraining.brier(examples, ConfidenceWeights())),
            ("plantedFaults", Double(after.planted)), ("trainingSessions", Double(cases.count - heldOut.count)),
            ("heldOutSessions", Double(heldOut.count)), ("epochsRun", Double(epochs)),
        ]
    }
}
