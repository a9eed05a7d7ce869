// swift-tools-version: 6.2
import PackageDescription

// A package of your own that trains with swift-grpo. `Scripts/test-as-dependency` builds and runs
// it against a copy of this repository that stands in for the address below.
let package = Package(
    name: "AsDependency",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://example.org/swift-grpo", from: "1.0.0")],
    targets: [
        .executableTarget(
            name: "AsDependency", dependencies: [.product(name: "GRPO", package: "swift-grpo")])
    ]
)
