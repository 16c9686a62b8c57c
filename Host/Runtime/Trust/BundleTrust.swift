import GantryCore
import GantryCryptography
import GantryIdentity
import GantryLoader
import GantrySignatures
import GantryStore
import GantryThreads

/// Decides which bundles may be used: by the operator's word on signatures, and by what was used before. Nothing of a
/// module's code runs before that, and what was verified is what is used: see `BundleSeal`.
final class BundleTrust: Sendable {
    /// A bundle that may be used.
    struct Admission {
        var bundle: Bundle
        /// What the operator should know: why it would not be used if signatures were required, or that its signature
        /// ends soon. Nil for nothing.
        var remark: String?
    }

    /// Signatures that end sooner than this are told of.
    private static let noticeSeconds: Int64 = 30 * 86_400

    private let directory: HostDirectory?
    private let state: Lock<Deployment.Trust>
    /// Builds that are known to be kept as accepted, as module, version and digest.
    private let accepted = Lock<Set<[String]>>([])
    /// Refusals that the audit log was told of, as folder and reason.
    private let refused = Lock<Set<[String]>>([])

    /// - Parameter directory: Where is kept what was used before; nil for looking at signatures alone.
    init(_ settings: Deployment.Trust, directory: HostDirectory?) {
        self.directory = directory
        state = Lock(settings)
    }

    /// What the deployment that was served last said, for commands on a folder that nobody serves. Throws `HostError`
    /// when that cannot be read: it must not become "off" by accident.
    convenience init(of directory: HostDirectory) throws {
        var settings = Deployment.Trust()
        if let text = try directory.setting(Self.setting) {
            guard let kept = Deployment.Trust(text: text) else {
                throw HostError(.store, "What `host.db` says of trust in bundles cannot be read.")
            }
            settings = kept
        }
        self.init(settings, directory: directory)
    }

    /// What the operator says.
    var settings: Deployment.Trust { state.withLock { $0 } }

    /// Takes other settings, and keeps them.
    func adopt(_ settings: Deployment.Trust) throws(StoreError) {
        state.withLock { $0 = settings }
        try directory?.setSetting(Self.setting, settings.text)
    }

    /// The bundle in the folder. Throws why it must not be used.
    func admit(_ folder: String) throws -> Admission {
        let settings = settings
        switch settings.policy {
        case .off: return Admission(bundle: try Bundle(folder: folder))
        case .required: return try verified(folder, settings)
        case .warn:
            do { return try verified(folder, settings) } catch {
                return Admission(
                    bundle: try Bundle(folder: folder),
                    remark: "The bundle would be refused if signatures were required. \(Self.text(error))")
            }
        }
    }

    /// Looks again before code of the module is run for an instance, since its signer may have been revoked, or its
    /// signature have ended, after the bundle was read; and keeps that the build is used: from now on no older one is,
    /// and no other of the same version. Throws `HostError`.
    func accept(_ bundle: Bundle) throws {
        let settings = settings
        if settings.policy == .off { return }
        do {
            guard let seal = bundle.seal else {
                if settings.policy == .warn { return }
                throw LoaderError(
                    .unsigned, module: bundle.manifest.id, "The bundle was read before signatures were required.")
            }
            var subject = ""
            do { subject = try signer(of: seal, settings).certificate.subject } catch  where settings.policy == .warn {}
            try note(seal, signer: subject)
        } catch {
            tellRefusals([bundle.folder: Self.text(error)])
            throw HostError(.bundle, Self.text(error))
        }
    }

    /// Tells the audit log of bundles that were refused, each with its reason, once in a process.
    /// - Parameter faults: By folder, what is wrong with it.
    func tellRefusals(_ faults: [String: String]) {
        guard let directory, settings.policy == .required else { return }
        for (folder, reason) in faults.sorted(by: { $0.key < $1.key }) {
            guard refused.withLock({ $0.insert([folder, reason]).inserted }) else { continue }
            let act = AuditAct(
                tenant: nil, actor: .host, action: "bundle.refuse", target: folder, outcome: .refused,
                details: ["reason": reason])
            // What is refused is refused, whether or not that can be told.
            do { try directory.audit.record(act) } catch { _ = refused.withLock { $0.remove([folder, reason]) } }
        }
    }

    private func note(_ seal: BundleSeal, signer: String) throws(StoreError) {
        guard let directory else { return }
        let key = [seal.list.id, seal.list.version, seal.digest.hexadecimal]
        if accepted.withLock({ $0.contains(key) }) { return }
        try directory.acceptBuild(of: key[0], version: key[1], digest: key[2], signer: signer)
        _ = accepted.withLock { $0.insert(key) }
    }

    /// Lets an older version of a module, or another build of the same, be used again: forgets that it and later ones
    /// were. Gives the versions that were forgotten.
    func allowDowngrade(of module: String, to version: String) throws(StoreError) -> [String] {
        guard let directory else { return [] }
        let versions = try directory.acceptedBuilds(of: module).keys
            .filter { ModuleVersion($0) >= ModuleVersion(version) }.sorted()
        try directory.forgetBuilds(of: module, versions: versions)
        accepted.withLock { $0 = $0.filter { $0[0] != module || !versions.contains($0[1]) } }
        return versions
    }

    /// Who signed, as it is judged now; nil for a bundle whose signature is not looked at. Throws why it is not good.
    func signer(of bundle: Bundle) throws -> DetachedSignature.Signer? {
        try bundle.seal.map { try signer(of: $0, settings) }
    }

    /// Why code of a bundle must not run any longer, though it does: a signer who was revoked, or whom the operator
    /// trusts no more. Nil for all others: a signature whose time is over ends nothing by itself, and neither does a
    /// list that is out of date, since nobody decided that.
    func withdrawal(of bundle: Bundle) -> String? {
        let settings = settings
        guard settings.policy == .required, let seal = bundle.seal else { return nil }
        do { _ = try signer(of: seal, settings) } catch let error as SignatureError {
            return Self.decisions.contains(error.code) ? error.message : nil
        } catch { return nil }
        return nil
    }

    /// What somebody has decided, an authority or the operator.
    private static let decisions: Set<SignatureError.Code> = [.revoked, .revokedKey, .untrusted, .wrongPublisher]

    /// The keys that count no more. Throws where one of them is not a key but this very build.
    private func revokedKeys(_ seal: BundleSeal?, _ settings: Deployment.Trust) throws -> Set<String> {
        let revocations = try directory?.revocations() ?? []
        if let seal, let revoked = revocations.first(where: { $0.id == seal.digest.hexadecimal }) {
            throw SignatureError(
                .revoked,
                "The operator has revoked this build of `\(seal.list.id)` \(seal.list.version)"
                    + (revoked.reason.isEmpty ? "." : ": \(revoked.reason)"))
        }
        return settings.revokedKeys.union(revocations.map(\.id))
    }

    private func verified(_ folder: String, _ settings: Deployment.Trust) throws -> Admission {
        let files = try BundleSignature(folder: folder)
        // The signature comes first: before that, nothing of the list is read.
        let store = try TrustFiles.store(settings)
        var policy = DetachedSignature.Policy(store: store, revokedKeys: try revokedKeys(nil, settings))
        var signer = try DetachedSignature.verify(files.signature, of: files.list, by: policy)
        let seal = try BundleSeal(files)
        _ = try revokedKeys(seal, settings)
        if let publishers = settings.publishers[seal.list.id] {
            policy.publishers = publishers
            signer = try DetachedSignature.verify(files.signature, of: files.list, by: policy)
        }
        try seal.checkFiles(in: folder)
        let bundle = try Bundle(folder: folder, seal: seal)
        try checkHistory(of: seal)
        let seconds = signer.validUntil - systemWallClock() / 1000
        let isSoon = seconds < Self.noticeSeconds
        return Admission(
            bundle: bundle,
            remark: isSoon
                ? "Its signature ends in \(seconds / 86_400) days: from then on the module is not started any more."
                : nil)
    }

    private func signer(of seal: BundleSeal, _ settings: Deployment.Trust) throws -> DetachedSignature.Signer {
        let policy = DetachedSignature.Policy(
            store: try TrustFiles.store(settings), revokedKeys: try revokedKeys(seal, settings),
            publishers: settings.publishers[seal.list.id])
        return try DetachedSignature.verify(seal.signature, of: Array(seal.list.text.utf8), by: policy)
    }

    /// A signature stays good while its bundle grows old, so what was used before has to be remembered.
    private func checkHistory(of seal: BundleSeal) throws {
        guard let directory else { return }
        let (id, version) = (seal.list.id, seal.list.version)
        let accepted = try directory.acceptedBuilds(of: id)
        let remedy = "`gantry module allow-downgrade \(id) --to \(version)` allows it."
        if let digest = accepted[version], digest != seal.digest.hexadecimal {
            throw HostError(
                .bundle,
                "Another build of `\(id)` \(version) was used before; a new build needs a new version. \(remedy)")
        }
        // Tenants that were never moved away from a version stay on it.
        let highest = accepted.keys.max { ModuleVersion($0) < ModuleVersion($1) }
        guard let highest, ModuleVersion(version) < ModuleVersion(highest),
            try !directory.isPinned(id, to: version)
        else { return }
        throw HostError(
            .bundle, "`\(id)` \(version) is a downgrade: \(highest) was used before. \(remedy)")
    }

    private static let setting = "trust"

    static func text(_ error: any Error) -> String {
        (error as? LoaderError)?.message ?? "\(error)"
    }
}
