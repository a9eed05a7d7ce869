// swift-tools-version: 6.2
import PackageDescription

// `Sources/Tokenizers` is a link to the library's own target. So the program for measuring builds
// without libtorch, in a minute, and neither a product nor a hidden command is needed for it.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "tokenizer-benchmark",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "Tokenizers", swiftSettings: swiftSettings),
        .executableTarget(
            name: "Tokenize", dependencies: ["Tokenizers"], swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6]
)
