import ArgumentParser
import Glibc

struct SecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Set, list and unset the secrets of a tenant's modules.",
        subcommands: [Set.self, List.self, Unset.self])

    struct Place: ParsableArguments {
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String
        @Option(help: ArgumentHelp("The module's id.", valueName: "id"))
        var module: String
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a secret; its value comes from standard input.",
            discussion:
                "One line end behind the value is left out. A running module gets the new value at its next use.")
        @Argument(help: "Name of the secret, as the module's manifest declares it.")
        var name: String
        @OptionGroup var place: Place
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform(
                "secret.set",
                ["tenant": place.tenant, "module": place.module, "name": name, "value": try StandardInput.text()])
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the secrets that a module declares, without their values.")
        @OptionGroup var place: Place
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("secret.list", ["tenant": place.tenant, "module": place.module])
        }
    }

    struct Unset: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget a secret's value.")
        @Argument(help: "Name of the secret.")
        var name: String
        @OptionGroup var place: Place
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("secret.unset", ["tenant": place.tenant, "module": place.module, "name": name])
        }
    }
}

/// What is piped into a command.
enum StandardInput {
    private static let maximumBytes = 1 << 20

    /// All of it as text, without one line end behind it. Throws `CommandFailure`.
    static func text() throws -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = read(0, &chunk, chunk.count), count > 0 {
            bytes += chunk[..<count]
            if bytes.count > maximumBytes { throw CommandFailure("What came from standard input is too large.") }
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw CommandFailure("Standard input holds no text. Pipe the value into the command.")
        }
        return text
    }
}
