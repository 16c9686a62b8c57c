import ArgumentParser
import GantryRuntime

/// The root of the command line.
@main
struct GantryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gantry",
        abstract: "A host for modular, multi-tenant backends.",
        discussion: """
            Commands that take --data talk to the host that runs on that folder, or open the folder themselves when \
            none does.
            """,
        version: Host.version,
        subcommands: [
            ServeCommand.self, PlanCommand.self, ApplyCommand.self, TenantCommand.self, ModuleCommand.self,
            MigrateCommand.self, RoutesCommand.self,
            AuditCommand.self, CapabilityCommand.self, KeyCommand.self, MemberCommand.self, TokenCommand.self,
            TrustCommand.self,
            SecretCommand.self,
            BundleCommand.self, CheckCommand.self,
            DoctorCommand.self, EventsCommand.self, WebhookCommand.self,
            JobsCommand.self, NewCommand.self, KitCommand.self, DevCommand.self, RecordCommand.self, ReplayCommand.self,
            ProbeCommand.self,
        ])
}
