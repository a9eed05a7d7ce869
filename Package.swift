// swift-tools-version: 6.2
import PackageDescription

// libtorch lies in `.libtorch` (`Scripts/libtorch` puts it there). In a clone the manifest points
// the compiler and the linker at it, so that a plain `swift build` works. SwiftPM forbids these
// flags in a versioned dependency, so there libtorch is found through pkg-config or a toolset
// instead: see "Use it as a library" in README.md.
let checkoutParent = Context.packageDirectory.split(separator: "/").dropLast().last
let isDependency = checkoutParent == "checkouts"
let libtorch = Context.packageDirectory + "/.libtorch"

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "swift-grpo",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "GRPO", targets: ["GRPO"]),
        .executable(name: "grpo", targets: ["GRPOCommand"]),
    ],
    dependencies: [
        // The program's flags, help and completions.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        // Run configurations; its nodes carry the line numbers that our errors name.
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: [
        .target(
            name: "CTorch",
            dependencies: isDependency ? ["CLibtorch"] : [],
            cxxSettings: isDependency
                ? []
                : [
                    .unsafeFlags([
                        "-isystem", "\(libtorch)/include",
                        "-isystem", "\(libtorch)/include/torch/csrc/api/include",
                    ])
                ],
            linkerSettings: [.linkedLibrary("torch_cpu"), .linkedLibrary("c10")]
                + (isDependency
                    ? []
                    : [
                        .unsafeFlags([
                            "-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker",
                            "\(libtorch)/lib",
                        ])
                    ])
        ),
        .systemLibrary(name: "CLibtorch", pkgConfig: "libtorch"),
        .target(name: "SystemErrors", swiftSettings: swiftSettings),
        .target(
            name: "Torch", dependencies: ["CTorch", "SystemErrors"], swiftSettings: swiftSettings),
        .target(name: "NeuralNetwork", dependencies: ["Torch"], swiftSettings: swiftSettings),
        .target(
            name: "Tokenizers", dependencies: ["SystemErrors"], swiftSettings: swiftSettings),
        .target(
            name: "ChatTemplates", dependencies: ["Tokenizers"], swiftSettings: swiftSettings),
        .target(
            name: "LanguageModels",
            dependencies: ["NeuralNetwork", "SystemErrors", "Tokenizers", "Torch"],
            swiftSettings: swiftSettings),
        .target(name: "Rewards", dependencies: ["SystemErrors"], swiftSettings: swiftSettings),
        .target(
            name: "GRPO",
            dependencies: [
                "ChatTemplates", "LanguageModels", "NeuralNetwork", "Rewards", "SystemErrors",
                "Tokenizers", "Torch", "Yams",
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "GRPOCommand",
            dependencies: [
                "GRPO", "SystemErrors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        // The program of README.md, kept running by EndToEndTests.
        .executableTarget(
            name: "LibraryExample", dependencies: ["GRPO"], path: "Examples/Library",
            swiftSettings: swiftSettings),
        .target(
            name: "TestSupport", dependencies: ["LanguageModels", "NeuralNetwork", "Torch"],
            path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .testTarget(
            name: "TorchTests", dependencies: ["SystemErrors", "TestSupport", "Torch"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "NeuralNetworkTests", dependencies: ["NeuralNetwork", "Torch"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "LanguageModelsTests",
            dependencies: [
                "LanguageModels", "NeuralNetwork", "TestSupport", "Tokenizers", "Torch",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "TokenizersTests", dependencies: ["Tokenizers"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ChatTemplatesTests", dependencies: ["ChatTemplates", "Tokenizers"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "RewardsTests", dependencies: ["Rewards"], swiftSettings: swiftSettings),
        .testTarget(
            name: "GRPOTests",
            dependencies: [
                "GRPO", "LanguageModels", "NeuralNetwork", "Rewards", "TestSupport", "Tokenizers",
                "Torch",
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "GRPOCommandTests", dependencies: ["GRPOCommand"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["GRPO", "GRPOCommand", "LibraryExample", "TestSupport"],
            swiftSettings: swiftSettings),
        // Minutes long; they run where GRPO_SOAK is set (`make soak`).
        .testTarget(
            name: "SoakTests",
            dependencies: [
                "GRPO", "GRPOCommand", "LanguageModels", "Rewards", "TestSupport", "Torch",
            ],
            swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
