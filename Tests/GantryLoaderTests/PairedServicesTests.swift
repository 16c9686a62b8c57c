import GantryCore
import GantryLoader
import Testing

@Suite("Services between modules of different languages", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct PairedServicesTests {
    private func expectAll(_ languages: [Fixture.Language]) throws {
        let providers = try languages.map { try Fixture("provider", in: $0) }
        let importers = try languages.map { try Fixture("importer", in: $0) }
        for (importer, importing) in zip(importers, languages) {
            for (provider, exporting) in zip(providers, languages) {
                let pair = try ServicePair(provider: provider, importer: importer)
                #expect(
                    pair.importer.call("run").body == "0 Ada/2/1/-5/2.50 42 1 1.25 cba 114325 -1",
                    "\(importing.rawValue) calls \(exporting.rawValue)")
                #expect(pair.exchange.records.allSatisfy { $0.hasSuffix("GANTRY_OK") })
            }
        }
    }

    @Test(
        "C and C++ call each other, with every type",
        .enabled(if: Fixture.cppCompiler != nil, "No C++ compiler (c++, g++ or clang++) is installed."))
    func pairs() throws { try expectAll([.c, .cpp]) }

    @Test(
        "Rust calls and is called, with every type",
        .enabled(if: Fixture.rustCompiler != nil, "No rustc is installed (Debian has it as the package rustc)."))
    func rust() throws { try expectAll(Fixture.languages) }
}
