import GantryCore
import GantryIdentity
import GantryJSON
import GantryLoader
import GantryStore
import GantryThreads
import Glibc

/// The operations of an operator on one data folder. The same object serves the socket of a running host and a command
/// line that has opened the folder itself; only with a supervisor do changes take effect at once.
final class Administration: Sendable {
    let folder: DataFolder
    let directory: HostDirectory
    let keys: KeyIndex
    let tokens: TokenSigner
    let sharedCatalog: SharedCatalog
    let grants: CapabilityGrants
    let isolations: IsolationSettings
    let vault: SecretVault
    let people: TenantDirectory
    let pool: ThreadPool
    let supervisor: Supervisor?

    var catalog: ModuleCatalog { sharedCatalog.current }

    init(
        folder: DataFolder, directory: HostDirectory, keys: KeyIndex, tokens: TokenSigner, catalog: SharedCatalog,
        grants: CapabilityGrants, isolations: IsolationSettings, vault: SecretVault, people: TenantDirectory,
        pool: ThreadPool,
        supervisor: Supervisor?
    ) {
        self.folder = folder
        self.directory = directory
        self.keys = keys
        self.tokens = tokens
        sharedCatalog = catalog
        self.grants = grants
        self.isolations = isolations
        self.vault = vault
        self.people = people
        self.pool = pool
        self.supervisor = supervisor
    }

    /// Opens a folder that no host uses. Throws `HostError`.
    static func offline(_ folder: DataFolder) throws -> Administration {
        let pool = ThreadPool(name: "store", threadCount: 2)
        let directory = try HostDirectory(database: Database(path: folder.hostDatabasePath, pool: pool))
        let vault = try SecretVault(directory: directory, folder: folder)
        directory.audit.seal(with: vault)
        let bundleFolders = try directory.setting("bundle_folders")?.split(separator: "\n").map(String.init) ?? []
        let trust = try BundleTrust(of: directory)
        let keys = try KeyIndex(storage: directory)
        let members = try MemberIndex(storage: directory) { _ in false }
        return try Administration(
            folder: folder, directory: directory, keys: keys,
            tokens: TokenSigner(secret: directory.tokenSecret()),
            catalog: SharedCatalog(ModuleCatalog(folders: bundleFolders, trust: trust), trust: trust),
            grants: CapabilityGrants(directory: directory), isolations: IsolationSettings(directory: directory),
            vault: vault,
            people: TenantDirectory(directory: directory, keys: keys, members: members), pool: pool, supervisor: nil)
    }

    /// Carries out a command and gives its answer as JSON. Throws `AdministrationError`.
    /// - Parameter user: The user of the machine who gives it, for the audit log.
    func perform(_ command: String, _ arguments: [String: String], user: UInt32 = geteuid()) throws -> String {
        let arguments = CommandArguments(command: command, values: arguments)
        return try audited(arguments, user: user) { try carryOut(arguments) }
    }

    private func carryOut(_ arguments: CommandArguments) throws -> String {
        do { return try dispatch(arguments) } catch let error as AdministrationError {
            throw error
        } catch {
            throw AdministrationError(code: "failed", message: "\(error)")
        }
    }

    private func dispatch(_ arguments: CommandArguments) throws -> String {
        switch arguments.command {
        case "tenant.list": return try listTenants()
        case "tenant.create": return try createTenant(arguments)
        case "tenant.import": return try importTenants(arguments)
        case "tenant.show": return try showTenant(arguments)
        case "module.list": return try listModules()
        case "module.show": return try showModule(arguments)
        case "module.enable": return try enableModule(arguments)
        case "module.restart": return try restartModule(arguments)
        case "module.disable": return try disableModule(arguments)
        case "module.upgrade": return try upgradeModule(arguments)
        case "module.upgrade-status": return try showUpgrade(arguments)
        case "module.allow-downgrade": return try allowDowngrade(arguments)
        case "trust.list": return try listRevocations()
        case "trust.revoke": return try revokeSignature(arguments)
        case "trust.restore": return try restoreSignature(arguments)
        case "migrate.status": return try migrationStatus(arguments)
        case "migrate.plan": return try planMigrations(arguments)
        case "migrate.apply": return try applyMigrations(arguments)
        case "migrate.rehearse": return try rehearseMigrations(arguments)
        case "migrate.restore-points": return try listRestorePoints(arguments)
        case "migrate.restore": return try restore(arguments)
        case "deployment.plan": return try planDeployment(arguments)
        case "deployment.step": return try performStep(arguments)
        case "routes": return try listRoutes(arguments)
        case "key.create": return try createKey(arguments)
        case "key.list": return try listKeys(arguments)
        case "key.revoke": return try revokeKey(arguments)
        case "key.rotate": return try rotateKey(arguments)
        case "member.list": return try listMembers(arguments)
        case "member.add": return try addMember(arguments)
        case "member.invite": return try inviteMember(arguments)
        case "member.remove": return try removeMember(arguments)
        case "token.list": return try listTokens(arguments)
        case "token.revoke": return try revokeTokens(arguments)
        case "events.list": return try listEvents(arguments)
        case "events.show": return try showEvent(arguments)
        case "events.replay": return try replayEvents(arguments)
        case "events.purge": return try purgeEvents(arguments)
        case "webhook.list": return try listWebhooks(arguments)
        case "webhook.deliveries": return try listWebhookDeliveries(arguments)
        case "webhook.retry": return try retryWebhook(arguments)
        case "jobs.list": return try listJobs(arguments)
        case "jobs.show": return try showJob(arguments)
        case "jobs.retry": return try retryJobs(arguments)
        case "jobs.cancel": return try cancelJob(arguments)
        case "jobs.schedules": return try listSchedules(arguments)
        case "token.issue": return try issueToken(arguments)
        case "capability.list": return try listCapabilities(arguments)
        case "capability.grant": return try grantCapabilities(arguments)
        case "capability.revoke": return try revokeCapabilities(arguments)
        case "audit.list": return try listAudit(arguments)
        case "audit.verify": return try verifyAudit(arguments)
        case "audit.archive": return try archiveAudit(arguments)
        case "record.start": return try startRecording(arguments)
        case "record.show": return try showRecording()
        case "record.stop": return try stopRecording()
        case "secret.set": return try setSecret(arguments)
        case "secret.list": return try listSecrets(arguments)
        case "secret.unset": return try unsetSecret(arguments)
        default:
            throw AdministrationError(code: "not_found", message: "There is no command `\(arguments.command)`.")
        }
    }

    /// The tenant named by the argument `tenant`; throws when there is none.
    func tenant(_ arguments: CommandArguments) throws -> HostDirectory.TenantRecord {
        let id = try arguments.required("tenant")
        guard let tenant = try directory.tenant(id) else {
            throw AdministrationError(code: "not_found", message: "There is no tenant `\(id)`.")
        }
        return tenant
    }

    /// A list of objects as `{"items": [...]}`.
    static func list<Item>(_ items: [Item], _ write: (Item, inout JSONWriter) throws -> Void) rethrows -> String {
        try object { writer in
            writer.key("items")
            try array(items, into: &writer, write)
        }
    }

    /// The objects as a JSON array.
    static func array<Item>(
        _ items: [Item], into writer: inout JSONWriter, _ write: (Item, inout JSONWriter) throws -> Void
    ) rethrows {
        writer.beginArray()
        for item in items {
            writer.beginObject()
            try write(item, &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    /// One object.
    static func object(_ write: (inout JSONWriter) throws -> Void) rethrows -> String {
        var writer = JSONWriter()
        writer.beginObject()
        try write(&writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// The arguments of one command.
struct CommandArguments {
    let command: String
    let values: [String: String]

    func required(_ name: String) throws -> String {
        guard let value = values[name], !value.isEmpty else {
            throw AdministrationError(code: "invalid", message: "`\(command)` needs the argument `\(name)`.")
        }
        return value
    }
}

/// The way of the command line to the administration.
public enum Administrator {
    /// Carries out the command on the host that runs on the folder, or on the folder itself when none does. Throws
    /// `AdministrationError`.
    public static func perform(
        _ command: String, _ arguments: [String: String], dataFolder: String
    ) throws -> String {
        // A mistyped path must not become an empty data folder; making a tenant is how one may be begun.
        guard command == "tenant.create" || command == "tenant.import" || DataFolder.exists(dataFolder) else {
            throw AdministrationError.noDataFolder(dataFolder)
        }
        let client = AdministrationClient(socketPath: DataFolder.socketPath(dataFolder))
        let deadline = Deadline.after(patience)
        do {
            while true {
                if let answer = try client.perform(command, arguments) { return answer }
                do { return try performOffline(command, arguments, dataFolder) } catch let error as HostError {
                    // Another command, or a host that starts or stops: it takes commands or lets go in a moment.
                    guard error.code == .locked, !deadline.hasPassed else { throw error }
                    usleep(20_000)
                }
            }
        } catch let error as HostError {
            throw AdministrationError(code: error.code.rawValue, message: error.message)
        }
    }

    private static let patience = Duration.seconds(10)

    private static func performOffline(
        _ command: String, _ arguments: [String: String], _ dataFolder: String
    ) throws -> String {
        let administration = try Administration.offline(DataFolder(path: dataFolder))
        defer { administration.directory.close() }
        return try administration.perform(command, arguments)
    }
}
