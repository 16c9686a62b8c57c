import ArgumentParser
import GantryRuntime

extension BundleCommand {
    struct Sign: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign a bundle: a detached CMS message over the digests of its files.",
            discussion: "The key is P-256, P-384 or RSA of 2048 bits or more; its certificate is for signing code "
                + "(extendedKeyUsage codeSigning). Whatever is changed in the bundle afterwards voids the signature.")
        @Argument(help: "The bundle's folder.")
        var bundle: String
        @Option(help: ArgumentHelp("PEM file of the private key.", valueName: "file"))
        var key: String
        @Option(help: ArgumentHelp("PEM file of its certificate.", valueName: "file"))
        var certificate: String
        @Option(
            help: ArgumentHelp(
                "PEM file of the authorities between it and the operator's store; the signature carries them along.",
                valueName: "file"))
        var chain: String?
        @Option(help: ArgumentHelp("File with the key's passphrase.", valueName: "file"))
        var passphraseFile: String?
        @Flag(help: "Sign beside those who have signed before, so that an operator may trust either.")
        var add = false

        func run() throws {
            print(
                try BundleSigning.sign(
                    bundle,
                    with: BundleSigning.Signing(
                        key: key, certificate: certificate, chain: chain, passphrase: passphraseFile, isAddition: add)))
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify a bundle's signature and files as a host that requires signatures would.")
        @Argument(help: "The bundle's folder.")
        var bundle: String
        @Option(
            help: ArgumentHelp(
                "PEM file with the certificates that are trusted, or a folder of such files.", valueName: "store"))
        var trust: String
        @Option(help: ArgumentHelp("File with a revocation list.", valueName: "file"))
        var revoked: [String] = []
        @Option(help: ArgumentHelp("Key that counts no more, as `inspect` shows it.", valueName: "key"))
        var revokedKey: [String] = []

        func run() throws {
            print(
                try BundleSigning.verify(
                    bundle, store: trust, revocationLists: revoked, revokedKeys: revokedKey))
        }
    }
}
