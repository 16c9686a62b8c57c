/// A language that explanations and answers are composed in.
public enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case german = "de"
    case french = "fr"
    case spanish = "es"
    case dutch = "nl"

    /// The language of a tag such as `de` or `de-AT`; English where it is none of these.
    public init(tag: String) {
        self = Language(rawValue: String(tag.prefix { $0 != "-" })) ?? .english
    }

    var phrasebook: any Phrasebook {
        switch self {
        case .english: EnglishPhrases()
        case .german: GermanPhrases()
        case .french: FrenchPhrases()
        case .spanish: SpanishPhrases()
        case .dutch: DutchPhrases()
        }
    }
}
