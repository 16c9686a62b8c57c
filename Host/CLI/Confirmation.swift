import Glibc

/// Asks before something is removed for good.
enum Confirmation {
    /// Asks twice, the second time for a word; throws when the answers are others, or when nobody can be asked.
    static func ask(_ sentence: String, typing word: String) throws {
        guard isatty(STDIN_FILENO) != 0 else {
            throw CommandFailure("\(sentence) Nobody can be asked here; add --yes.")
        }
        let answer = question("\(sentence) Go on? [y/N] ")
        guard answer == "y" || answer == "yes" else { throw CommandFailure("Nothing was removed.") }
        guard question("Type `\(word)` to confirm: ") == word else { throw CommandFailure("Nothing was removed.") }
    }

    private static func question(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return write(STDERR_FILENO, bytes, bytes.count) == bytes.count ? readLine() : nil
    }
}
