import TestCommands

/// Files of the repository that tests read.
enum RepositoryText {
    static func read(_ path: String) -> String { TestFiles.text("\(TestFiles.repository())/\(path)") ?? "" }
}
