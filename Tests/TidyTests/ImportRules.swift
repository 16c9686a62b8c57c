/// Rules for who may import what.
enum ImportRules {
    /// A module that a file imports, and where.
    struct Import {
        var module: String
        var line: Int
    }

    /// Each foreign dependency enters through one target.
    struct Entrance: Sendable {
        var modules: [String]
        var folders: [String]
    }

    static let entrances = [
        Entrance(
            modules: ["NIO", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOConcurrencyHelpers", "NIOFoundationCompat"],
            folders: ["Host/Server/", "Tests/GantryServerTests/", "Tests/Support/", "Benchmarks/"]),
        Entrance(
            modules: ["CGantry"],
            folders: [
                "Host/Loader/", "PluginAPI/", "Examples/", "Tests/GantryLoaderTests/", "Tests/GantryKitTests/",
                "Tests/AnomalyModuleTests/", "Tests/ABITests/", "Tests/CGantryServicesTests/", "Tests/Support/",
            ]),
        Entrance(
            modules: ["CSQLite"], folders: ["Host/Store/", "Tests/GantryStoreTests/", "Tests/AnomalyModuleTests/"]),
        Entrance(modules: ["Crypto"], folders: ["Host/Cryptography/", "Tests/GantryCryptographyTests/"]),
        Entrance(modules: ["Yams"], folders: ["Host/Core/"]),
        Entrance(modules: ["ArgumentParser"], folders: ["Host/CLI/"]),
        Entrance(modules: ["Hummingbird"], folders: ["Benchmarks/"]),
    ]

    static func entrance(_ file: SourceFile) -> [Breach] {
        imports(of: file).compactMap { imported in
            let owners = entrances.filter { $0.modules.contains(imported.module) }
            guard let owner = owners.first, !file.isBelow(owner.folders) else { return nil }
            if imported.module == "NIOCore" && file.path.hasPrefix("Host/Gateway/") { return nil }
            return Breach(
                path: file.path, line: imported.line,
                message: "\(imported.module) is imported only in \(owner.folders.joined(separator: ", "))")
        }
    }

    /// A module's library must stay small and start fast, so it goes without Foundation.
    static func foundation(_ file: SourceFile) -> [Breach] {
        let parts = file.path.split(separator: "/")
        let isModule = parts.count > 3 && parts[0] == "Plugins" && ["Module", "Detection", "Entry"].contains(parts[2])
        guard isModule || file.path.hasPrefix("PluginAPI/") else { return [] }
        return imports(of: file).filter { $0.module.hasPrefix("Foundation") }.map {
            Breach(path: file.path, line: $0.line, message: "\($0.module) is not for modules")
        }
    }

    /// Modules reach the host through the kit alone.
    static func hostTargets(_ file: SourceFile, names: Set<String>) -> [Breach] {
        guard file.isBelow(["Plugins/", "PluginAPI/", "Examples/"]) else { return [] }
        return imports(of: file).filter { names.contains($0.module) }.map {
            Breach(path: file.path, line: $0.line, message: "\($0.module) is a target of the host")
        }
    }

    static func imports(of file: SourceFile) -> [Import] {
        guard file.isSwift else { return [] }
        let lines = file.linesWith("import ", inCode: true, asWord: false)
        guard !lines.isEmpty else { return [] }
        let code = file.codeLines
        return lines.compactMap { number in
            let words = String(decoding: code[number - 1], as: UTF8.self).split(separator: " ").map(String.init)
            guard let position = words.firstIndex(of: "import"), words[..<position].allSatisfy(isModifier) else {
                return nil
            }
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let name = words[(position + 1)...].first { !kinds.contains($0) } ?? ""
            return Import(module: String(name.prefix { $0 != "." }), line: number)
        }
    }

    private static func isModifier(_ word: String) -> Bool {
        word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }
}
