import GantryLoader
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("Putting bundles together")
struct BundleBuilderTests {
    @Test("an unfit library is refused and the bundle that stood there stays")
    func unfitLibrary() {
        let temporary = TemporaryFolder()
        let manifest = "\(TestFiles.repository())/Examples/tally-c/bundle"
        let library = temporary.write("no library", to: "libtally.so")
        let bundles = TemporaryFolder()
        let standing = "\(bundles.path)/tally"
        _ = Command.run(["mkdir", standing])
        TestFiles.write(Array("good".utf8), to: "\(standing)/module.yaml")
        let error = #expect(throws: LoaderError.self) {
            try BundleBuilder.build(manifest: manifest, library: library, output: bundles.path)
        }
        #expect(error?.code == .notELF)
        #expect(TestFiles.text("\(standing)/module.yaml") == "good")
        #expect(TestFiles.names(in: bundles.path, hiddenToo: true) == ["tally"], "nothing half-made is left")
    }
}
