/// Rules for the tree as a whole.
enum TreeRules {
    /// The targets of the host, by the folders of their sources.
    static func hostTargets(_ tree: Tree) -> Set<String> {
        Set(tree.folders(in: "Host").filter { $0 != "System" && $0 != "CLI" }.map { "Gantry\($0)" })
    }

    /// Every target of the host has tests, and every library target that a package names: in a folder of its name, or
    /// in another that imports it.
    static func tests(_ tree: Tree) -> [Breach] {
        let packages = ["Package.swift", "PluginAPI/Package.swift"].compactMap { tree.file($0) }
        let named = packages.flatMap { libraryTargets(in: String(decoding: $0.bytes, as: UTF8.self)) }
        let targets = hostTargets(tree).union(named)
        let tests = tree.files.filter { file in
            file.isSwift && file.path.hasPrefix("Tests/") && !file.linesWith("@Test", inCode: true).isEmpty
        }
        return targets.sorted().compactMap { target in
            let hasTest = tests.contains { file in
                file.path.hasPrefix("Tests/\(target)Tests/")
                    || ImportRules.imports(of: file).contains { $0.module == target }
            }
            return hasTest ? nil : Breach(path: "Tests/\(target)Tests/", line: 0, message: "\(target) has no test")
        }
    }

    /// Names of the `.target`s that hold code of their own: not those of tests, nor a module's one-line entry.
    static func libraryTargets(in package: String) -> [String] {
        pieces(of: package, after: ".target(").compactMap { piece in
            guard let name = value(of: "name: \"", in: piece) else { return nil }
            let path = value(of: "path: \"", in: piece) ?? ""
            let isExempt = name.contains("\\(") || name.hasSuffix("Entry") || name == "CGantryNote"
            return isExempt || path.hasPrefix("Tests/") ? nil : name
        }
    }

    private static func pieces(of text: String, after mark: String) -> [Substring] {
        var rest = Substring(text)
        var pieces: [Substring] = []
        while let range = rest.firstRange(of: mark) {
            rest = rest[range.upperBound...]
            // Up to the next target's beginning, which is near enough.
            pieces.append(rest.firstRange(of: "arget(").map { rest[..<$0.lowerBound] } ?? rest)
        }
        return pieces
    }

    private static func value(of mark: String, in text: Substring) -> String? {
        text.firstRange(of: mark).map { String(text[$0.upperBound...].prefix { $0 != "\"" }) }
    }

    /// A bundle's folder is found by the module's id.
    static func manifestNames(_ tree: Tree) -> [Breach] {
        tree.files.compactMap { file in
            let parts = file.path.split(separator: "/")
            guard parts.count == 3, parts[0] == "manifests", parts[2] == "module.yaml" else { return nil }
            let lines = file.lines.map { String(decoding: $0, as: UTF8.self) }
            let id = lines.first { $0.hasPrefix("id:") }?.dropFirst(3).drop { $0 == " " }
            guard id != parts[1] else { return nil }
            return Breach(path: file.path, line: 1, message: "the id `\(id ?? "")` is not the folder's name")
        }
    }

    /// Whoever opens README finds every folder in its map.
    static func map(_ tree: Tree) -> [Breach] {
        guard let readme = tree.file("README.md") else {
            return [Breach(path: "README.md", line: 0, message: "is missing")]
        }
        return tree.folders(in: "").filter { !$0.hasPrefix(".") && readme.linesWith("\($0)/").isEmpty }.map {
            Breach(path: "README.md", line: 0, message: "the map does not mention \($0)/")
        }
    }
}
