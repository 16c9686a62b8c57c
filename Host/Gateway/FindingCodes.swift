import GantryContract
import GantryCore

/// The code of a finding in a module's own vocabulary.
enum FindingCodes {
    /// The policy's code for the keyword, of a format first for that very format; else the keyword in snake case.
    static func code(_ keyword: Keyword, _ policy: ValidationPolicy) -> String {
        if case .format(let format) = keyword, let code = policy.codes["format:\(format)"] { return code }
        return policy.codes[keyword.name] ?? snakeCase(keyword.name)
    }

    private static func snakeCase(_ name: String) -> String {
        var result = ""
        for character in name {
            if character.isUppercase { result += "_" }
            result += character.lowercased()
        }
        return result
    }
}
