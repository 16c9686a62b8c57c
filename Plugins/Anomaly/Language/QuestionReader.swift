/// Finds out what a question in one of the five languages asks, by its words.
enum QuestionReader {
    /// What can be asked about a session.
    enum Intent: CaseIterable {
        case registerFall, energy, duration, power, stateOfCharge, completeness, temperature, voltage, current
        case readings, gap, why, seriousness, recurrence, when, otherSessions
    }

    /// The most answers to one question.
    private static let greatestCount = 4

    /// What a question asks, in the order of the answers; nothing where that cannot be told.
    static func intents(of question: String) -> [Intent] {
        let text = folded(question)
        let mentions = { (words: [String]) in words.contains { text.contains(" " + $0) } }
        // What money was asked for, no reading says.
        if mentions(QuestionWords.money) { return [] }
        if mentions(QuestionWords.recurrence) { return [.recurrence] }
        if mentions(QuestionWords.otherSessions) { return [.otherSessions] }
        var found: Set<Intent> = []
        for (intent, words) in QuestionWords.subjects where mentions(words) { found.insert(intent) }
        if mentions(QuestionWords.fall) {
            // What fell: charge and power have answers of their own.
            if found.isDisjoint(with: [.stateOfCharge, .power, .voltage, .current, .temperature]) {
                found.subtract([.energy, .readings, .why, .when])
                found.insert(.registerFall)
            }
        }
        if found.contains(.completeness) { found.remove(.energy) }
        if found.contains(.when) { found.remove(.why) }
        // A question for the reason is answered by the findings, whatever else it mentions.
        if found.contains(.why) { found.formIntersection([.why, .seriousness]) }
        return Array(Intent.allCases.filter(found.contains).prefix(greatestCount))
    }

    /// Lower case, without marks, words apart by one space, and a space at both ends.
    private static func folded(_ text: String) -> String {
        var result = " "
        for scalar in text.prefix(2000).lowercased().unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9": result.unicodeScalars.append(scalar)
            case "à", "á", "â", "ä", "ã", "å": result += "a"
            case "ç": result += "c"
            case "è", "é", "ê", "ë": result += "e"
            case "ì", "í", "î", "ï": result += "i"
            case "ñ": result += "n"
            case "ò", "ó", "ô", "ö", "õ": result += "o"
            case "ù", "ú", "û", "ü": result += "u"
            case "ß": result += "ss"
            case "œ": result += "oe"
            // Marks that stand apart from their letters.
            case "\u{300}"..."\u{36F}": break
            default: if !result.hasSuffix(" ") { result += " " }
            }
        }
        return result.hasSuffix(" ") ? result : result + " "
    }
}
