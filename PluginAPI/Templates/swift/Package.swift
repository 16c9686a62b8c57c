// swift-tools-version: 6.2
import PackageDescription

/// The library exports its entry function and nothing else, and looks for no library in absolute places. The default
/// linker leaves local Swift symbols among the dynamic ones, hence lld.
let moduleLinking: [LinkerSetting] = [
    .unsafeFlags([
        "-use-ld=lld", "-Xlinker", "--version-script=sdk/C/gantry.map", "-no-toolchain-stdlib-rpath",
        "-Xlinker", "-z", "-Xlinker", "nodelete",
    ])
]

let kit: Target.Dependency = .product(name: "GantryKit", package: "sdk")
let kitTesting: Target.Dependency = .product(name: "GantryKitTesting", package: "sdk")

let package = Package(
    name: "my-module",
    products: [.library(name: "my_module", type: .dynamic, targets: ["MyModuleEntry"])],
    dependencies: [.package(path: "sdk")],
    targets: [
        .target(name: "MyModule", dependencies: [kit], path: "Sources/Module"),
        .target(
            name: "MyModuleEntry", dependencies: ["MyModule", kit], path: "Sources/Entry",
            linkerSettings: moduleLinking),
        .testTarget(
            name: "MyModuleTests", dependencies: ["MyModule", kit, kitTesting], path: "tests", exclude: ["http.sh"]),
    ],
    swiftLanguageModes: [.v6]
)
