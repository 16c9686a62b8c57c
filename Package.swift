// swift-tools-version: 6.2
import PackageDescription

/// One set of settings for every Swift target.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A module's library exports its entry function and nothing else, and looks for no library in absolute places.
/// The default linker leaves local Swift symbols among the dynamic ones, hence lld.
let moduleLinking: [LinkerSetting] = [
    .unsafeFlags([
        "-use-ld=lld", "-Xlinker", "--version-script=PluginAPI/C/gantry.map", "-no-toolchain-stdlib-rpath",
        "-Xlinker", "-z", "-Xlinker", "nodelete",
    ])
]

let json: Target.Dependency = .product(name: "GantryJSON", package: "PluginAPI")
let interface: Target.Dependency = .product(name: "CGantry", package: "PluginAPI")
let proxy: Target.Dependency = .product(name: "CGantryProxy", package: "PluginAPI")
let functions: Target.Dependency = .product(name: "CGantryServices", package: "PluginAPI")
let kit: Target.Dependency = .product(name: "GantryKit", package: "PluginAPI")
let conformance: Target.Dependency = .product(name: "GantryConformance", package: "PluginAPI")
let kitTesting: Target.Dependency = .product(name: "GantryKitTesting", package: "PluginAPI")

/// A target of the host, with its tests beside it in `Tests/<name>Tests`.
func host(_ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: "Gantry\(folder)", dependencies: dependencies, path: "Host/\(folder)", swiftSettings: settings)
}

/// What a module of the platform does.
func moduleTarget(_ folder: String) -> Target {
    .target(
        name: "\(folder)Module", dependencies: ["PlatformParts", kit], path: "Plugins/\(folder)/Module",
        swiftSettings: settings)
}

/// The entry of a module's library, apart from what it does, so that tests can link several modules.
func moduleEntry(_ folder: String) -> Target {
    .target(
        name: "\(folder)Entry", dependencies: [.byName(name: "\(folder)Module"), kit],
        path: "Plugins/\(folder)/Entry", swiftSettings: settings, linkerSettings: moduleLinking)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "Gantry",
    products: [
        .executable(name: "gantry", targets: ["gantry"]),
        .executable(name: "gantry-worker", targets: ["gantry-worker"]),
        .library(name: "accounts", type: .dynamic, targets: ["AccountsEntry"]),
        .library(name: "anomaly", type: .dynamic, targets: ["AnomalyEntry"]),
        .library(name: "files", type: .dynamic, targets: ["FilesEntry"]),
        .library(name: "contact", type: .dynamic, targets: ["ContactEntry"]),
        .library(name: "guestbook", type: .dynamic, targets: ["GuestbookEntry"]),
        .library(name: "patient", type: .dynamic, targets: ["PatientEntry"]),
        .library(name: "projects", type: .dynamic, targets: ["ProjectsEntry"]),
        .library(name: "relay", type: .dynamic, targets: ["RelayEntry"]),
        .library(name: "switchboard", type: .dynamic, targets: ["SwitchboardEntry"]),
    ],
    dependencies: [
        .package(path: "PluginAPI"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The host.
        .systemLibrary(name: "CCurl", path: "Host/System/CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", path: "Host/System/COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", path: "Host/System/CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", path: "Host/System/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "CProcess", path: "Host/System/CProcess", publicHeadersPath: "include",
            cSettings: [.treatAllWarnings(as: .error)]),
        .target(name: "CLinux", path: "Host/System/CLinux", cSettings: [.treatAllWarnings(as: .error)]),
        // A process of its own for one module: plain C, so that it is small and has one thread when it begins.
        .executableTarget(
            name: "gantry-worker", dependencies: ["CLinux", functions, proxy], path: "Host/Worker",
            cSettings: [.treatAllWarnings(as: .error)]),
        host("Core", [.product(name: "Yams", package: "Yams")]),
        host("Threads", []),
        host(
            "Cryptography",
            [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),
        host("Signatures", ["COpenSSL", "GantryCryptography"]),
        host("Contract", [json]),
        host("Authoring", ["GantryCore", "GantryThreads", json]),
        host("Store", ["CSQLite", "GantryThreads"]),
        host("Events", ["GantryCore", "GantryStore", "GantryThreads"]),
        host("Outbound", ["CCurl", "GantryCore", "GantryThreads", json]),
        host(
            "Webhooks",
            [
                "GantryCore", "GantryCryptography", "GantryEvents", "GantryOutbound", "GantryStore", "GantryThreads",
                json,
            ]),
        host("Blobs", ["GantryCryptography", "GantryStore", "GantryThreads"]),
        host("Cache", ["GantryThreads"]),
        host("Mail", ["GantryCore", "GantryCryptography", json]),
        host("Identity", ["GantryCore", "GantryCryptography", "GantryThreads", json]),
        host("Telemetry", ["GantryCore", "GantryThreads", json]),
        host(
            "Loader",
            [
                "CLinux", "CProcess", "GantryCore", "GantryCryptography", "GantryThreads", functions, interface, json,
                proxy,
            ]),
        host(
            "Server",
            [
                "CZlib", "GantryThreads", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        host(
            "Gateway",
            [
                "GantryCore", "GantryContract", "GantryCryptography", "GantryIdentity", "GantryLoader", "GantryServer",
                "GantryTelemetry", "GantryThreads", json,
            ]),
        host(
            "Runtime",
            [
                "CProcess", "GantryBlobs", "GantryCache", "GantryCore", "GantryContract", "GantryCryptography",
                "GantryEvents", "GantryGateway", "GantryIdentity", "GantryLoader", "GantryMail", "GantryOutbound",
                "GantryServer", "GantrySignatures", "GantryStore", "GantryTelemetry", "GantryThreads", "GantryWebhooks",
                json,
            ]),
        .executableTarget(
            name: "gantry",
            dependencies: [
                "GantryAuthoring", "GantryCore", "GantryRuntime", json,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Host/CLI", swiftSettings: settings),

        // The modules; each reaches the host through the kit alone. What several of them need stands in the first.
        .target(
            name: "PlatformParts", dependencies: [kit], path: "Plugins/PlatformParts", swiftSettings: settings),
        moduleTarget("Accounts"),
        moduleEntry("Accounts"),
        moduleTarget("Files"),
        moduleEntry("Files"),
        moduleTarget("Contact"),
        moduleEntry("Contact"),
        moduleTarget("Projects"),
        moduleEntry("Projects"),
        .target(name: "AnomalyDetection", path: "Plugins/Anomaly/Detection", swiftSettings: settings),
        .target(
            name: "AnomalyLanguage", dependencies: ["AnomalyDetection"], path: "Plugins/Anomaly/Language",
            swiftSettings: settings),
        .target(
            name: "AnomalyModule",
            dependencies: ["AnomalyDetection", "AnomalyLanguage", "PlatformParts", kit, json],
            path: "Plugins/Anomaly/Module", swiftSettings: settings),
        moduleEntry("Anomaly"),
        .target(
            name: "ChargingSimulator", dependencies: ["AnomalyDetection"], path: "Plugins/Anomaly/Simulator",
            swiftSettings: settings),
        .target(
            name: "ChargingClient", path: "Plugins/Anomaly/Client", exclude: ["README.md"], swiftSettings: settings),
        .executableTarget(
            name: "charging-simulator", dependencies: ["AnomalyDetection", "ChargingClient", "ChargingSimulator"],
            path: "Plugins/Anomaly/SimulatorCommand", swiftSettings: settings),
        .target(
            name: "DetectionQuality", dependencies: ["AnomalyDetection", "ChargingSimulator", "SessionImport"],
            path: "Plugins/Anomaly/Quality", swiftSettings: settings),
        .executableTarget(
            name: "anomaly-quality",
            dependencies: ["AnomalyDetection", "ChargingClient", "DetectionQuality", "SessionImport"],
            path: "Plugins/Anomaly/QualityCommand", swiftSettings: settings),

        // The examples.
        .target(
            name: "SessionImport", dependencies: ["ChargingClient"], path: "Examples/import-sessions/Import",
            swiftSettings: settings),
        .executableTarget(
            name: "import-sessions", dependencies: ["ChargingClient", "SessionImport"],
            path: "Examples/import-sessions/Command", swiftSettings: settings),
        .target(
            name: "ChargingFiles", dependencies: ["ChargingClient"], path: "Examples/charging/Mapping",
            swiftSettings: settings),
        .executableTarget(
            name: "charging-verdicts", dependencies: ["ChargingClient", "ChargingFiles"],
            path: "Examples/charging/Command", swiftSettings: settings),
        .target(name: "Guestbook", dependencies: [kit], path: "Examples/guestbook/Module", swiftSettings: settings),
        .target(
            name: "GuestbookEntry", dependencies: ["Guestbook", kit], path: "Examples/guestbook/Entry",
            swiftSettings: settings, linkerSettings: moduleLinking),
    ],
    swiftLanguageModes: [.v6]
)

package.targets += [
    .target(
        name: "TestCommands", dependencies: ["GantryThreads"], path: "Tests/Support/Commands", swiftSettings: settings),
    .target(
        name: "RawHTTP", dependencies: [], path: "Tests/Support/RawHTTP", swiftSettings: settings),
    .executableTarget(
        name: "store-load", dependencies: ["GantryStore", "GantryThreads"], path: "Benchmarks/store",
        swiftSettings: settings),
    .executableTarget(
        name: "detection-load", dependencies: ["AnomalyDetection", "ChargingSimulator"], path: "Benchmarks/detection",
        swiftSettings: settings),
    .executableTarget(
        name: "interface-load", dependencies: ["GantryCore", "GantryLoader", "GantryThreads", json],
        path: "Benchmarks/interface", swiftSettings: settings),
    .executableTarget(
        name: "StoreCrasher", dependencies: ["GantryCore", "GantryEvents", "GantryStore", "GantryThreads"],
        path: "Tests/Support/StoreCrasher", swiftSettings: settings),
    .executableTarget(
        name: "BlobCrasher", dependencies: ["GantryBlobs", "GantryCryptography", "GantryThreads"],
        path: "Tests/Support/BlobCrasher",
        swiftSettings: settings),
    .target(
        name: "ProxyProbe", dependencies: [interface, proxy], path: "Tests/Support/ProxyProbe",
        publicHeadersPath: "include", cSettings: [.treatAllWarnings(as: .error)]),
    tests("CProcessTests", ["CLinux", "CProcess"]),
    tests("CGantryProxyTests", ["ProxyProbe"]),
    tests("CGantryServicesTests", ["GantryCore", functions, interface]),
    .target(
        name: "WorkerProbe", dependencies: [interface, proxy], path: "Tests/Support/WorkerProbe",
        exclude: ["modules"], publicHeadersPath: "include", cSettings: [.treatAllWarnings(as: .error)]),
    tests("CLinuxTests", ["CLinux"]),
    tests("GantryWorkerTests", ["GantryThreads", "TestCommands", "WorkerProbe"]),
    tests("ABITests", [interface, "TestCommands"]),
    tests("TidyTests", ["GantryThreads", "TestCommands"]),
    tests("GantryJSONTests", [json]),
    .target(name: "Patient", dependencies: [kit], path: "Tests/Support/Patient/Module", swiftSettings: settings),
    .target(
        name: "PatientEntry", dependencies: ["Patient", kit], path: "Tests/Support/Patient/Entry",
        swiftSettings: settings, linkerSettings: moduleLinking),
    .target(
        name: "Switchboard", dependencies: [kit], path: "Tests/Support/Switchboard/Module", swiftSettings: settings),
    .target(
        name: "SwitchboardEntry", dependencies: ["Switchboard", kit], path: "Tests/Support/Switchboard/Entry",
        swiftSettings: settings, linkerSettings: moduleLinking),
    .target(name: "Relay", dependencies: [kit], path: "Tests/Support/Relay/Module", swiftSettings: settings),
    .target(
        name: "RelayEntry", dependencies: ["Relay", kit], path: "Tests/Support/Relay/Entry", swiftSettings: settings,
        linkerSettings: moduleLinking),
    tests("GantryKitTests", ["Patient", "Relay", "Switchboard", "TestCommands", interface, json, kit, kitTesting]),
    tests("GantryAuthoringTests", ["GantryAuthoring", "GantryThreads", "TestCommands"]),
    tests("GantryContractTests", ["GantryContract", "GantryCore", json]),
    tests("GantryCoreTests", ["GantryCore", "TestCommands"]),
    tests(
        "GantryLoaderTests",
        [
            "GantryContract", "GantryCore", "GantryCryptography", "GantryLoader", "GantryThreads", "TestCommands",
            "gantry", interface, json,
        ]),
    .executableTarget(
        name: "SignatureRounds", dependencies: ["COpenSSL", "GantrySignatures"], path: "Tests/Support/SignatureRounds",
        swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),
    tests("GantrySignaturesTests", ["GantrySignatures", "SignatureRounds", "TestCommands"]),
    tests("GantryThreadsTests", ["GantryThreads"]),
    tests("GantryStoreTests", ["GantryStore", "GantryThreads", "TestCommands"]),
    tests(
        "GantryEventsTests",
        ["GantryCore", "GantryEvents", "GantryStore", "GantryThreads", "StoreCrasher", "TestCommands"]),
    tests(
        "GantryWebhooksTests",
        [
            "GantryCore", "GantryCryptography", "GantryEvents", "GantryStore", "GantryThreads", "GantryWebhooks",
            "TestCommands",
        ]),
    tests("GantryOutboundTests", ["CCurl", "GantryCore", "GantryOutbound", "GantryThreads", json]),
    tests("GantryBlobsTests", ["BlobCrasher", "GantryBlobs", "GantryCryptography", "GantryThreads", "TestCommands"]),
    tests("GantryMailTests", ["GantryCore", "GantryMail", json]),
    tests("GantryCacheTests", ["GantryCache", "GantryThreads"]),
    tests(
        "GantryIdentityTests",
        ["GantryCore", "GantryCryptography", "GantryIdentity", "GantryThreads", "TestCommands", json]),
    tests("GantryTelemetryTests", ["GantryCore", "GantryTelemetry", json]),
    tests(
        "GantryServerTests",
        [
            "CZlib", "GantryServer", "GantryThreads", "RawHTTP", "TestCommands",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
    tests(
        "GantryGatewayTests",
        [
            "GantryContract", "GantryCore", "GantryCryptography", "GantryGateway", "GantryIdentity", "GantryLoader",
            "GantryServer", "GantryTelemetry", "GantryThreads", "RawHTTP", "TestCommands", json,
        ]),
    tests(
        "GantryRuntimeTests",
        [
            "GantryCore", "GantryCryptography", "GantryIdentity", "GantryLoader", "GantryOutbound", "GantryRuntime",
            "GantryStore", "GantryThreads", "TestCommands", json,
        ]),
    tests("GuestbookTests", ["Guestbook", "TestCommands", kit, kitTesting]),
    tests("AnomalyDetectionTests", ["AnomalyDetection", "ChargingSimulator", "DetectionQuality"]),
    tests("DetectionQualityTests", ["AnomalyDetection", "ChargingSimulator", "DetectionQuality"]),
    tests("ChargingSimulatorTests", ["AnomalyDetection", "ChargingSimulator"]),
    tests("ChargingFilesTests", ["ChargingClient", "ChargingFiles"]),
    tests("ChargingClientTests", ["ChargingClient", "GantryCore", "GantryThreads"]),
    tests("AnomalyLanguageTests", ["AnomalyDetection", "AnomalyLanguage"], exclude: ["Goldens"]),
    tests("PlatformPartsTests", ["PlatformParts", kit]),
    tests("AccountsModuleTests", ["AccountsModule", "GantryThreads", kit, kitTesting]),
    tests("FilesModuleTests", ["FilesModule", kit, kitTesting]),
    tests("ContactModuleTests", ["ContactModule", kit, kitTesting]),
    tests("ProjectsModuleTests", ["ProjectsModule", kit, kitTesting]),
    tests("AnomalyModuleTests", ["AnomalyDetection", "AnomalyModule", kit, kitTesting]),
    // What `gantry check` runs: the kit's own checker, beside the host's executable.
    .executableTarget(
        name: "gantry-check", dependencies: [conformance], path: "PluginAPI/Testing/Check", swiftSettings: settings),
    tests("ConformanceTests", ["TestCommands", "gantry-check", conformance]),
    tests("ImportSessionsTests", ["AnomalyDetection", "ChargingClient", "GantryThreads", "SessionImport"]),
]

// `make fuzz` builds the fuzzer instead of the tests, with everything instrumented for it.
if Context.environment["GANTRY_FUZZ"] != nil {
    package.targets.removeAll { $0.type == .test }
    package.targets.append(
        .executableTarget(
            name: "Fuzzer",
            dependencies: [
                "GantryContract", "GantryCore", "GantryGateway", "GantryIdentity", "GantryLoader", "GantryServer",
                "GantrySignatures", "WorkerProbe", json,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Tests",
            sources: [
                "Fuzz/Fuzzer.swift", "GantryLoaderTests/Support/FuzzTarget.swift", "GantryServerTests/HTTPFuzz.swift",
                "GantryGatewayTests/GatewayFuzz.swift", "GantrySignaturesTests/Support/SignatureFuzz.swift",
                "GantryWorkerTests/ChannelFuzz.swift",
            ],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]))
}
