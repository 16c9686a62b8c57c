import GantryCore
import GantryLoader
import TestCommands
import Testing

@testable import GantryLoader

/// The two builds below share the tests' process, so they come one after the other.
@Suite(
    "C types on a shared Swift runtime", .serialized,
    .enabled(
        if: Fixture.swiftCompiler != nil && Fixture.toolchainCompiler != nil,
        "No swiftc and clang are on the path, so no Swift fixture can be built."))
struct ClashingTagTests {
    @Test("one tag with two layouts is refused before the second library is loaded, with both named")
    func refusesClash() throws {
        let narrow = try Fixture(swift: "ClashingTags", runtime: "GANTRY_RUNTIME_SHARED")
        let wide = try Fixture(swift: "ClashingTags", runtime: "GANTRY_RUNTIME_SHARED", defines: ["WIDE"])
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded")
        _ = try loader.load(narrow.bundle)
        expectRefusal(
            .typeClash,
            "C type `fixture_shape` has 72 bytes aligned to 4, that of the module `fixture` 1.0.0 4 bytes aligned to 4."
        ) { _ = try loader.load(wide.bundle) }
        #expect(TestFiles.names(in: "\(folder.path)/loaded").count == 1, "Nothing of the second one was loaded.")
        // A loader that knows nothing of the first one finds it among what is mapped.
        let other = ModuleLoader(folder: "\(folder.path)/other")
        expectRefusal(.typeClash, "that of \(folder.path)/loaded/") { _ = try other.load(wide.bundle) }
        // The same layout from another build is no clash.
        let again = try Fixture(swift: "ClashingTags", runtime: "GANTRY_RUNTIME_SHARED", linking: ["-Onone"])
        _ = try loader.load(again.bundle)
    }

    @Test("a tag of the host's own is compared too")
    func refusesClashWithHost() throws {
        let fixture = try Fixture(swift: "ClashingTags", runtime: "GANTRY_RUNTIME_SHARED", defines: ["LIKE_HOST"])
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded")
        expectRefusal(.typeClash, "C type `gantry_finding_v1` has 8 bytes") { _ = try loader.load(fixture.bundle) }
    }

    @Test("a library with a runtime of its own is exempt")
    func exemptsHermetic() throws {
        let wide = try Fixture(
            swift: "ClashingTags", runtime: "GANTRY_RUNTIME_HERMETIC", defines: ["WIDE"], linking: ["-static-stdlib"])
        let inspected = try BundleInspector(manifest: wide.bundle.manifest).inspect(wide.library)
        #expect(inspected.foreignTypes == nil)
        let types = try ForeignTypes(ELFFile(wide.library))
        #expect(types.layouts["fixture_shape"] == ForeignTypes.Layout(size: 72, alignment: 4, stride: 72))
    }

    @Test("a library without section headers cannot be compared and is refused")
    func refusesHidden() throws {
        let fixture = try Fixture(swift: "ClashingTags", runtime: "GANTRY_RUNTIME_SHARED")
        var bytes = fixture.library
        for index in 40..<48 { bytes[index] = 0 }
        fixture.folder.write(bytes, to: "fixture.so")
        expectRefusal(.hiddenTypes, "its section headers are stripped") { try ModuleLoader.inspect(fixture.bundle) }
    }
}
