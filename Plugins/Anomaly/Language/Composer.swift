import AnomalyDetection

/// Composes explanations and answers in a language from what was read and found, and from nothing else.
///
/// The texts are light Markdown without HTML. They name no session, station or tenant, and nothing of a question stands
/// in them.
public struct Composer: Sendable {
    /// The language of the texts.
    public let language: Language

    /// A composer for a language.
    public init(_ language: Language) {
        self.language = language
    }

    /// Explains the newest verdict, also a clean one. A session without a verdict is told to have none.
    public func explanation(_ story: SessionStory) -> String {
        let words = Wording(language, story.digest)
        guard let verdict = story.verdict, let digest = story.digest else { return state(story, words) }
        var paragraphs: [String] = []
        if story.found.isEmpty {
            // Readings may be kept for a shorter time than verdicts.
            let kept = digest.readings == 0 ? "" : " " + words.phrases.rulesKept(digest.readings, words)
            paragraphs.append(words.phrases.clean(story, words) + kept)
        } else {
            var head = [words.phrases.verdict(story.found.count, story, words)]
            if verdict.isIncident { head.append(words.phrases.incident) }
            if verdict.isRecurring { head.append(words.phrases.recurring) }
            paragraphs.append(head.joined(separator: " "))
            paragraphs += story.found.map { paragraph($0, words) }
        }
        var rest: [String] = []
        if let energy = digest.deliveredKilowattHours {
            rest.append(
                words.phrases.delivery(
                    words, energy: energy, milliseconds: digest.endMilliseconds - digest.startMilliseconds))
        }
        if story.found.isEmpty {
            if let power = digest.power { rest.append(words.phrases.answer(.power(power), words)) }
            if let charge = digest.stateOfCharge { rest.append(words.phrases.answer(.charge(charge), words)) }
        }
        if digest.reconstructed > 0 {
            rest.append(words.phrases.reconstructed(digest.reconstructed, of: digest.readings))
        }
        if verdict.isStateOfChargeReconstructed { rest.append(words.phrases.filled) }
        if !rest.isEmpty { paragraphs.append(rest.joined(separator: " ")) }
        return paragraphs.joined(separator: "\n\n")
    }

    /// Answers a question as far as readings and verdict settle it, and says so where they do not.
    ///
    /// The question is looked through for what it asks; none of its text is followed or repeated.
    public func answer(_ question: String, _ story: SessionStory) -> String {
        let words = Wording(language, story.digest)
        guard let digest = story.digest else { return words.phrases.answer(.noReadings, words) }
        let intents = QuestionReader.intents(of: question)
        var parts: [String] = []
        for intent in intents {
            for part in answers(intent, story, digest, words) where !parts.contains(part) { parts.append(part) }
        }
        if parts.isEmpty {
            return words.phrases.answer(.unsettled, words) + known(story, digest, words).map { "\n- \($0)" }.joined()
        }
        return parts.joined(separator: " ")
    }

    /// All that is known of the session, as the only facts of a text generator.
    public func facts(_ story: SessionStory) -> String {
        let words = Wording(language, story.digest)
        guard let digest = story.digest else { return words.phrases.answer(.noReadings, words) }
        var lines = [explanation(story)]
        for topic in QuestionReader.Intent.allCases where topic != .why && topic != .otherSessions {
            for line in answers(topic, story, digest, words) where !lines.contains(line) { lines.append(line) }
        }
        return lines.joined(separator: "\n")
    }

    // MARK: Parts

    private func paragraph(_ found: SessionDigest.Found, _ words: Wording) -> String {
        let category = found.finding.category
        let severity = words.phrases.severity(words.number(found.finding.score))
        let head = "**\(words.phrases.name(category))** (\(severity))\(words.phrases.colon)"
        let texts = [
            words.phrases.observation(found, words), words.phrases.rule(category, words),
            words.phrases.advice(category),
        ]
        return ([head] + texts).joined(separator: " ")
    }

    /// Why there is no verdict.
    private func state(_ story: SessionStory, _ words: Wording) -> String {
        guard let digest = story.digest else { return words.phrases.answer(.noReadings, words) }
        return words.phrases.answer(
            .noVerdict(readings: digest.readings, needed: SessionPipeline.leastReadings), words)
    }

    private func known(_ story: SessionStory, _ digest: SessionDigest, _ words: Wording) -> [String] {
        let verdict =
            switch story.verdict {
            case nil: state(story, words)
            case let verdict? where story.found.isEmpty:
                words.phrases.answer(.notAnomalous(score: verdict.score), words)
            default: words.phrases.verdict(story.found.count, story, words)
            }
        var lines = [verdict] + story.found.map { words.phrases.observation($0, words) }
        if let energy = digest.deliveredKilowattHours { lines.append(words.phrases.answer(.energy(energy), words)) }
        lines.append(words.phrases.answer(duration(digest), words))
        return lines
    }

    private func duration(_ digest: SessionDigest) -> AnswerTopic {
        .duration(
            start: digest.startMilliseconds, end: digest.endMilliseconds, charging: digest.chargingMilliseconds)
    }

    private func answers(
        _ intent: QuestionReader.Intent, _ story: SessionStory, _ digest: SessionDigest, _ words: Wording
    ) -> [String] {
        let tell = { (topic: AnswerTopic) in words.phrases.answer(topic, words) }
        switch intent {
        case .registerFall: return registerFall(story, words)
        case .energy: return [tell(digest.deliveredKilowattHours.map { .energy($0) } ?? .noEnergy)]
        case .duration: return [tell(duration(digest))]
        case .power:
            return about([.powerDrop, .powerSpike], story, words) + [tell(digest.power.map { .power($0) } ?? .noPower)]
        case .stateOfCharge:
            return [tell(digest.stateOfCharge.map { .charge($0) } ?? .noCharge)]
                + about([.stateOfChargeDecrease, .stateOfChargeJump, .stateOfChargeOutOfRange], story, words)
        case .completeness: return completeness(story, digest, words)
        case .temperature:
            return [tell(digest.temperature.map { .temperature($0) } ?? .noTemperature)]
                + about([.overheating], story, words)
        case .voltage:
            return [tell(digest.voltage.map { .voltage($0) } ?? .noVoltage)] + about([.voltageDeviation], story, words)
        case .current:
            return [tell(digest.current.map { .current($0) } ?? .noCurrent)] + about([.phaseImbalance], story, words)
        case .readings: return [tell(.readings(digest.readings, reconstructed: digest.reconstructed))]
        case .gap:
            let gaps = about([.meterValueGap], story, words)
            return gaps.isEmpty ? [tell(.noGap)] : gaps
        case .why, .seriousness, .recurrence, .when: return aboutVerdict(intent, story, digest, words)
        case .otherSessions: return [tell(.onlyThisSession)]
        }
    }

    private func aboutVerdict(
        _ intent: QuestionReader.Intent, _ story: SessionStory, _ digest: SessionDigest, _ words: Wording
    ) -> [String] {
        guard let verdict = story.verdict else { return [state(story, words)] }
        let tell = { (topic: AnswerTopic) in words.phrases.answer(topic, words) }
        switch intent {
        case .seriousness:
            return story.found.isEmpty
                ? [tell(.notAnomalous(score: verdict.score))]
                : [
                    tell(
                        .serious(
                            isIncident: verdict.isIncident, score: verdict.score, confidence: verdict.confidence))
                ]
        case .recurrence:
            return story.found.isEmpty
                ? [tell(.notAnomalous(score: verdict.score))] : [tell(.recurring(verdict.isRecurring))]
        case .when where story.found.isEmpty: return [tell(duration(digest))]
        case .when:
            return story.found.map {
                "\(words.phrases.name($0.finding.category))\(words.phrases.colon) \(words.stretch($0.finding))."
            }
        default:
            if story.found.isEmpty { return [tell(.notAnomalous(score: verdict.score))] }
            return story.found.flatMap {
                [words.phrases.observation($0, words), words.phrases.rule($0.finding.category, words)]
            }
        }
    }

    private func about(
        _ categories: Set<AnomalyCategory>, _ story: SessionStory, _ words: Wording
    ) -> [String] {
        story.found.filter { categories.contains($0.finding.category) }.map { words.phrases.observation($0, words) }
    }

    private func registerFall(_ story: SessionStory, _ words: Wording) -> [String] {
        let found = story.found.filter {
            [.registerDecrease, .energyPit, .energyNegative].contains($0.finding.category)
        }
        guard !found.isEmpty else { return [words.phrases.answer(.noFall, words)] }
        return found.map { found in
            guard case .registerFall(let before, let after) = found.detail else {
                return words.phrases.observation(found, words)
            }
            return words.phrases.answer(.fallenReading(before: before, after: after), words)
        }
    }

    private func completeness(_ story: SessionStory, _ digest: SessionDigest, _ words: Wording) -> [String] {
        let tell = { (topic: AnswerTopic) in words.phrases.answer(topic, words) }
        var parts = [tell(.completed(isCompleted: digest.isCompleted))]
        if let energy = digest.deliveredKilowattHours {
            let isNothing = energy < digest.configuration.register.zeroEnergy
            parts.append(tell(isNothing ? .zeroEnergyMoved : .energy(energy)))
        }
        guard let charge = digest.stateOfCharge else { return parts + [tell(.noCharge)] }
        // One above 100 percent is a fault, and no full battery.
        parts.append(tell(charge.highest.value == 100 ? .chargeFull(charge.highest) : .charge(charge)))
        return parts + about([.stateOfChargeOutOfRange], story, words)
    }
}
