public import Foundation

/// A program of this package, as the tests' build made it.
public struct Program {
    /// What a run of it left.
    public struct Outcome {
        /// The exit code, or the number of the signal that ended it.
        public let status: Int32
        /// What it printed.
        public let output: String
        /// What it printed to standard error.
        public let errors: String
    }

    /// Where it is.
    public let file: URL

    /// The program of that name, which stands beside the tests.
    public init(_ name: String) {
        // Bundle.main is the test runner; on Linux that is the tests' own executable.
        let candidates = [
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
            Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent(),
        ]
        let files = candidates.map { $0.appending(path: name) }
        file = files.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? files[0]
    }

    /// A program of the system.
    public init(path: String) { file = URL(filePath: path) }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - arguments: after the program's name.
    ///   - folder: in which it is started.
    ///   - environment: variables beside those of the tests.
    ///   - whileRunning: called once it has started, with its process.
    /// - Returns: how it ended and what it printed.
    /// - Throws: where it cannot be started.
    public func run(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:],
        whileRunning: (Process) throws -> Void = { _ in }
    ) throws -> Outcome {
        // Files, not pipes: nobody has to read while the program runs.
        let output = folder.appending(path: "stdout-\(UUID().uuidString)")
        let errors = folder.appending(path: "stderr-\(UUID().uuidString)")
        for place in [output, errors] { try Data().write(to: place) }
        let process = Process()
        process.executableURL = file
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // What it caches is the folder's own.
        let cache = ["XDG_CACHE_HOME": folder.appending(path: "cache").path]
        process.environment = ProcessInfo.processInfo.environment.merging(cache) { $1 }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        try whileRunning(process)
        process.waitUntilExit()
        defer { for place in [output, errors] { try? FileManager.default.removeItem(at: place) } }
        return Outcome(
            status: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}
