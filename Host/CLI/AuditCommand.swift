import ArgumentParser
import GantryJSON
import GantryRuntime

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "See who did what, prove that nobody has altered it, export and archive it.",
        discussion: """
            Each tenant has a chain of entries of its own, and the deployment has one, which commands take that name \
            no tenant.
            """,
        subcommands: [List.self, Verify.self, Export.self, Archive.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List entries: the newest, or those behind a number.")
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String?
        @Option(help: ArgumentHelp("Only this action, or all that begin with the word.", valueName: "action"))
        var action: String?
        @Option(help: ArgumentHelp("Only acts of this actor, such as operator:1000.", valueName: "actor"))
        var actor: String?
        @Option(help: ArgumentHelp("Only begun, done, failed, refused or denied ones.", valueName: "outcome"))
        var outcome: String?
        @Option(help: ArgumentHelp("Entries behind this number, oldest first.", valueName: "number"))
        var after: String?
        @Option(help: ArgumentHelp("How many.", valueName: "number"))
        var limit: Int?
        @OptionGroup var options: DataOptions

        func run() throws {
            let choice = ["tenant": tenant, "action": action, "actor": actor, "outcome": outcome, "after": after]
            try options.perform("audit.list", [:] + choice + ["limit": limit.map { "\($0)" }])
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that no entry was altered, taken away, put in or put elsewhere.",
            discussion: """
                Ends with status 1 when something is wrong, and says where. With --file an export is checked, which \
                needs no host and no data folder; its seal is looked at when --key names the operator's key file.
                """)
        @Option(help: ArgumentHelp("Only this tenant's chain.", valueName: "id"))
        var tenant: String?
        @Option(help: ArgumentHelp("An export; - for standard input.", valueName: "file"))
        var file: String?
        @Option(help: ArgumentHelp("The file with the operator's key, for an export.", valueName: "file"))
        var key: String?
        @OptionGroup var options: DataOptions

        func validate() throws {
            guard file == nil || tenant == nil else { throw ValidationError("An export is of one chain already.") }
            guard file != nil || key == nil else { throw ValidationError("--key goes with --file.") }
        }

        func run() throws {
            let answer: String
            do {
                if let file {
                    answer = try AuditFile.verify(file, keyFile: key)
                } else {
                    answer = try Administrator.perform(
                        "audit.verify", [:] + ["tenant": tenant], dataFolder: options.data)
                }
            } catch let error as AdministrationError {
                throw CommandFailure(error.description)
            }
            print(options.json ? answer : try TextTable.render(json: answer))
            let isIntact = try JSONDocument(Array(answer.utf8)).withRoot { $0["intact"]?.bool } ?? false
            if !isIntact { throw ExitCode.failure }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a chain as lines of JSON: its head, then its entries.")
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String?
        @OptionGroup var options: DataOptions

        func run() throws {
            do {
                try AuditFile.export(tenant: tenant) { arguments in
                    try Administrator.perform("audit.list", arguments, dataFolder: options.data)
                } emit: {
                    print($0)
                }
            } catch let error as AdministrationError {
                throw CommandFailure(error.description)
            }
        }
    }

    struct Archive: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take entries out of the data folder that were exported before.",
            discussion: "What is left can still be verified, and so can the export; the two fit together.")
        @Option(help: ArgumentHelp("The tenant's id.", valueName: "id"))
        var tenant: String?
        @Option(help: ArgumentHelp("The last entry that is taken out.", valueName: "number"))
        var upTo: Int64
        @OptionGroup var options: DataOptions

        func run() throws {
            try options.perform("audit.archive", ["id": "\(upTo)"] + ["tenant": tenant])
        }
    }
}
