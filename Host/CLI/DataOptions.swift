import ArgumentParser
import GantryRuntime

/// What every command on a data folder takes.
struct DataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data folder.", valueName: "folder"))
    var data = "data"

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    /// Performs the command on the running host or the folder itself and prints what it answers.
    func perform(_ command: String, _ arguments: [String: String] = [:]) throws {
        let answer: String
        do {
            answer = try Administrator.perform(command, arguments, dataFolder: data)
        } catch let error as AdministrationError {
            throw CommandFailure(error.description)
        }
        print(json ? answer : try TextTable.render(json: answer))
    }
}

/// A failure that is printed as one line and ends the command with status 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
