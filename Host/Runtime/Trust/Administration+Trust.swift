import GantryCore
import GantryCryptography
import GantryJSON
import GantryLoader
import GantrySignatures

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
