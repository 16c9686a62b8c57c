// swift-tools-version: 6.2
import PackageDescription

/// The library exports its entry function and nothing else, and looks for no library in absolute places. The default
/// linker leaves local Swift symbols among the dynamic ones, hence lld.
let moduleLinking: [LinkerSetting] = [
    .unsafeFlags([
        "-use-ld=lld", "-Xlinker", "--version-script=../../PluginAPI/C/gantry.map", "-no-toolchain-stdlib-rpath",
        "-Xlinker", "-z", "-Xlinker", "nodelete",
    ])
]

let kit: Target.Dependency = .product(name: "GantryKit", package: "PluginAPI")
let kitTesting: Target.Dependency = .product(name: "GantryKitTesting", package: "PluginAPI")

let package = Package(
    name: "notes",
    products: [.library(name: "notes", type: .dynamic, targets: ["NotesEntry"])],
    dependencies: [.package(path: "../../PluginAPI")],
    targets: [
        .target(name: "Notes", dependencies: [kit], path: "Sources/Module"),
        .target(
            name: "NotesEntry", dependencies: ["Notes", kit], path: "Sources/Entry", linkerSettings: moduleLinking),
        .testTarget(
            name: "NotesTests", dependencies: ["Notes", kit, kitTesting], path: "tests", exclude: ["http.sh"]),
    ],
    swiftLanguageModes: [.v6]
)
