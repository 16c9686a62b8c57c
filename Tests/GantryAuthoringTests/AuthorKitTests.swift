import GantryAuthoring
import TestCommands
import Testing

@Suite("New projects")
struct AuthorKitTests {
    private let folder = TemporaryFolder()

    private func kit() throws -> AuthorKit { try AuthorKit(folder: "\(TestFiles.repository())/PluginAPI") }

    @Test("the name stands everywhere, and the kit comes along", arguments: AuthorKit.Language.allCases)
    func project(_ language: AuthorKit.Language) throws {
        let target = "\(folder.path)/price-list"
        let files = try kit().makeProject(ProjectName("price-list"), in: language, at: target, version: "1.2.3")
        #expect(files.contains("bundle/module.yaml") && files.contains("Makefile") && files.contains(".gitignore"))
        #expect(AuthorFiles.exists("\(target)/sdk/C/include/gantry/gantry.h") || language == .rust)
        let record = try #require(try KitRecord(project: target))
        #expect(record.version == "1.2.3" && record.language == language)
        #expect(try KitUpdate(of: target, by: kit(), version: "1.2.3").isNothing)
        for file in AuthorFiles.all(below: target) where !file.hasPrefix("sdk/") {
            let text = String(decoding: try AuthorFiles.read("\(target)/\(file)"), as: UTF8.self)
            for placeholder in ["my-module", "my_module", "MyModule"] {
                #expect(!text.contains(placeholder) && !file.contains(placeholder), "\(file)")
            }
        }
    }

    @Test("what is there already is left alone")
    func occupied() throws {
        folder.write("mine", to: "notes/a.txt")
        let error = try #require(throws: AuthoringError.self) {
            try kit().makeProject(ProjectName("notes"), in: .c, at: "\(folder.path)/notes", version: "1.2.3")
        }
        #expect(error.code == .occupied && error.message.contains("\(folder.path)/notes"))
        #expect(AuthorFiles.all(below: "\(folder.path)/notes") == ["a.txt"])
    }

    @Test("a folder that is no kit is refused by name, and so is an unknown language")
    func refusals() {
        let kit = #expect(throws: AuthoringError.self) { try AuthorKit(folder: folder.path) }
        #expect(kit?.code == .missingKit && kit?.message.contains(folder.path) == true)
        let language = #expect(throws: AuthoringError.self) { try AuthorKit.Language(named: "cobol") }
        #expect(language?.message == "There is no template for `cobol`; there are: c, cpp, rust, swift.")
    }
}
