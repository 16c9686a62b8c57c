// swift-tools-version: 6.2
// The module author's side of Gantry: the C interface, JSON, and the kit for Swift. Fetches nothing.
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "PluginAPI",
    products: [
        .library(name: "CGantry", targets: ["CGantry"]),
        .library(name: "CGantryProxy", targets: ["CGantryProxy"]),
        .library(name: "CGantryServices", targets: ["CGantryServices"]),
        .library(name: "GantryJSON", targets: ["GantryJSON"]),
        .library(name: "GantryKit", targets: ["GantryKit"]),
        .library(name: "GantryKitTesting", targets: ["GantryKitTesting"]),
        .library(name: "GantryConformance", targets: ["GantryConformance"]),
        .executable(name: "gantry-module-check", targets: ["gantry-module-check"]),
    ],
    targets: [
        .target(
            name: "CGantry", path: "C", exclude: ["note", "gantry.map"], sources: ["interface.c"],
            publicHeadersPath: "include", cSettings: [.treatAllWarnings(as: .error)]),
        .target(
            name: "CGantryNote", dependencies: ["CGantry"], path: "C/note", sources: ["note.c"],
            publicHeadersPath: "include", cSettings: [.treatAllWarnings(as: .error)]),
        // Functions of types that are known only at run time, by libffi.
        .target(
            name: "CGantryServices", dependencies: ["CGantry"], path: "Services", publicHeadersPath: "include",
            cSettings: [.treatAllWarnings(as: .error)], linkerSettings: [.linkedLibrary("ffi")]),
        .target(
            name: "CGantryProxy", dependencies: ["CGantry", "CGantryServices"], path: "Proxy",
            publicHeadersPath: "include",
            cSettings: [.treatAllWarnings(as: .error)]),
        .target(name: "GantryJSON", path: "JSON", swiftSettings: settings),
        .target(
            name: "GantryKit", dependencies: ["CGantry", "CGantryNote", "GantryJSON"], path: "Swift",
            swiftSettings: settings),
        // A host in the test's own process, for modules' tests.
        .systemLibrary(
            name: "CGantryTestingSQLite", path: "Testing/System", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "GantryKitTesting",
            dependencies: [
                "CGantry", "CGantryProxy", "CGantryServices", "CGantryTestingSQLite", "GantryJSON", "GantryKit",
            ],
            path: "Testing", exclude: ["System", "Conformance", "Check"], swiftSettings: settings),
        // What every module must keep to, in any language.
        .target(
            name: "GantryConformance",
            dependencies: ["CGantry", "CGantryProxy", "GantryJSON", "GantryKit", "GantryKitTesting"],
            path: "Testing/Conformance", swiftSettings: settings),
        .executableTarget(
            name: "gantry-module-check", dependencies: ["GantryConformance"], path: "Testing/Check",
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
