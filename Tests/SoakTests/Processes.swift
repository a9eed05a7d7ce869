import Foundation

/// What runs on this machine.
enum Processes {
    /// The command lines of the processes in whose command line, environment or working folder a
    /// word stands.
    static func naming(_ word: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { Int($0) != nil }.compactMap { process in
            let line = read("/proc/\(process)/cmdline")
            let folder = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(process)/cwd")
            let traces = line + read("/proc/\(process)/environ") + (folder ?? "")
            return traces.contains(word) ? line.replacing("\0", with: " ") : nil
        }
    }

    /// The same, after up to five seconds in which they may end.
    static func left(naming word: String) -> [String] {
        for _ in 0..<100 where !naming(word).isEmpty { usleep(50_000) }
        return naming(word)
    }

    private static func read(_ path: String) -> String {
        String(decoding: (try? Data(contentsOf: URL(filePath: path))) ?? Data(), as: UTF8.self)
    }
}
