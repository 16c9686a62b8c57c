import GantryCore
import GantryCryptography
import GantryJSON
import GantryLoader
import GantrySignatures
import GantryThreads

extension Administration {
    /// Lets an older version of a module, or another build of the same one, be used.
    func allowDowngrade(_ arguments: CommandArguments) throws -> String {
        let module = try arguments.required("module")
        let version = try arguments.required("version")
        let forgotten = try sharedCatalog.trust.allowDowngrade(of: module, to: version)
        // What was refused for its age is found now.
        sharedCatalog.replace(with: ModuleCatalog(folders: catalog.folders, trust: sharedCatalog.trust))
        return Self.object { writer in
            writer.key("module")
            writer.string(module)
            writer.key("version")
            writer.string(version)
            writer.key("forgotten")
            Self.texts(forgotten, into: &writer)
        }
    }

    /// Lets a key or a build count no more, and ends what runs of it.
    func revokeSignature(_ arguments: CommandArguments) throws -> String {
        let id = try signatureID(arguments)
        try directory.revoke(
            HostDirectory.Revocation(
                id: id, reason: arguments.values["reason"] ?? "", atMilliseconds: systemWallClock()))
        return try enforceTrust(id)
    }

    /// Takes that back.
    func restoreSignature(_ arguments: CommandArguments) throws -> String {
        let id = try signatureID(arguments)
        guard try directory.takeBackRevocation(id) else {
            throw AdministrationError(code: "not_found", message: "`\(id)` was not revoked by a command.")
        }
        return try enforceTrust(id)
    }

    /// What was revoked by commands, and what by the deployment file.
    func listRevocations() throws -> String {
        let byFile = sharedCatalog.trust.settings.revokedKeys.sorted().map {
            HostDirectory.Revocation(id: $0, reason: "the deployment file", atMilliseconds: 0)
        }
        return Self.list(try directory.revocations() + byFile) { revocation, writer in
            writer.key("id")
            writer.string(revocation.id)
            writer.key("reason")
            writer.string(revocation.reason)
            writer.key("time")
            writer.string(
                revocation.atMilliseconds == 0 ? nil : TrustTime.text(revocation.atMilliseconds / 1000))
        }
    }

    private func signatureID(_ arguments: CommandArguments) throws -> String {
        let id = try arguments.required("id").lowercased()
        guard id.utf8.count == 64, id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else {
            throw AdministrationError(
                code: "invalid",
                message: "A key or a build is named by 64 hexadecimal digits, as `gantry bundle inspect` and `gantry "
                    + "module show` tell them.")
        }
        return id
    }

    private func enforceTrust(_ id: String) throws -> String {
        // Bundles that may not be used any more are found no more, and the other way round.
        sharedCatalog.replace(with: ModuleCatalog(folders: catalog.folders, trust: sharedCatalog.trust))
        let change = try supervisor?.enforceTrust() ?? Supervisor.TrustChange()
        let policy = sharedCatalog.trust.settings.policy
        return Self.object { writer in
            writer.key("id")
            writer.string(id)
            writer.key("policy")
            writer.string(policy.rawValue)
            for (name, places) in [("ended", change.withdrawn), ("readmitted", change.readmitted)] {
                writer.key(name)
                Self.texts(places.map { "\($0.module) of \($0.tenant)" }.sorted(), into: &writer)
            }
        }
    }

    /// Whose signature a bundle bears, as it is judged now.
    func writeSignature(of definition: ModuleDefinition, into writer: inout JSONWriter) {
        let trust = sharedCatalog.trust
        var text = "\(trust.settings.policy.rawValue)"
        do {
            if let signer = try trust.signer(of: definition.bundle) {
                text +=
                    ": signed by \(signer.certificate.subject), key \(signer.certificate.keyID), good until "
                    + TrustTime.text(signer.validUntil)
            } else if let remark = catalog.remarks[definition.bundle.folder] {
                text += ": \(remark)"
            }
        } catch {
            text += ": not good any more. \(error)"
        }
        writer.key("signature")
        writer.string(text)
        writer.key("digest")
        writer.string(definition.bundle.seal?.digest.hexadecimal)
    }
}
