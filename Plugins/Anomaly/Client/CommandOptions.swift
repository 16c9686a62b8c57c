/// The words of a command line, taken apart into options with and without a value and what is left.
public struct CommandOptions: Sendable {
    /// A command line that does not fit the command; the message is for the person who typed it.
    public struct Mistake: Error, Sendable, CustomStringConvertible {
        /// What is wrong.
        public let description: String

        /// Creates a mistake.
        public init(_ description: String) {
            self.description = description
        }
    }

    private var values: [String: String] = [:]
    private var flags: Set<String> = []
    /// Words that belong to no option, in their order.
    public private(set) var operands: [String] = []

    /// Takes a command line apart.
    ///
    /// - Parameters:
    ///   - words: The words behind the command's name.
    ///   - valued: Options that take a value, with their hyphens.
    ///   - flags: Options that take none.
    public init(_ words: [String], valued: Set<String>, flags known: Set<String>) throws(Mistake) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if known.contains(word) {
                flags.insert(word)
            } else if valued.contains(word) {
                guard let value = rest.popFirst() else { throw Mistake("\(word) needs a value.") }
                values[word] = value
            } else if word.hasPrefix("-"), word != "-" {
                throw Mistake("There is no option \(word).")
            } else {
                operands.append(word)
            }
        }
    }

    /// Whether the option without a value was given.
    public func has(_ flag: String) -> Bool {
        flags.contains(flag)
    }

    /// The option's value, if it was given.
    public func text(_ option: String) -> String? {
        values[option]
    }

    /// The option's value; a mistake when it is missing.
    public func required(_ option: String) throws(Mistake) -> String {
        guard let value = values[option] else { throw Mistake("\(option) is needed.") }
        return value
    }

    /// The option's value as a number; a mistake when it is none.
    public func number<Number: LosslessStringConvertible>(
        _ option: String, as type: Number.Type = Number.self
    ) throws(Mistake) -> Number? {
        guard let text = values[option] else { return nil }
        guard let number = Number(text) else { throw Mistake("\(option) needs a number, not \(text).") }
        return number
    }
}
