import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The limits of a process, set by itself for itself and all that it starts.
struct Confinement {
    /// What the system did not allow, and why.
    private(set) var missing: [String] = []
    /// Whether what is started from here on is in namespaces of its own: of processes, the network.
    private(set) var hasNamespaces = false

    /// Sets all that the system allows.
    init(applying sandbox: Sandbox) {
        gainNoPrivileges()
        separate()
        set(Resource.cpu, sandbox.cpuSeconds, "processor time")
        set(Resource.openFiles, sandbox.openFiles, "open files")
        set(Resource.fileSize, sandbox.fileMegabytes << 20, "the size of files")
        set(Resource.core, 0, "core dumps")
        if getuid() == 0 {
            missing.append("the limit of processes (the system sets none for root)")
        } else if !hasNamespaces {
            missing.append("the limit of processes (it would count all of this user's)")
        } else {
            set(Resource.processes, sandbox.processes, "processes")
        }
    }

    private mutating func set(_ resource: Resource.Kind, _ value: Int, _ name: String) {
        var old = rlimit()
        getrlimit(resource, &old)
        let most = min(rlim_t(value), old.rlim_max)
        var limit = rlimit(rlim_cur: most, rlim_max: most)
        if setrlimit(resource, &limit) != 0 {
            missing.append("the limit of \(name) (\(String(cString: strerror(errno))))")
        }
    }
}

#if canImport(Glibc)
/// The limits by the numbers of this system.
private enum Resource {
    typealias Kind = __rlimit_resource_t
    static let processes = Kind(__RLIMIT_NPROC.rawValue)
    static let cpu = Kind(RLIMIT_CPU.rawValue)
    static let openFiles = Kind(RLIMIT_NOFILE.rawValue)
    static let fileSize = Kind(RLIMIT_FSIZE.rawValue)
    static let core = Kind(RLIMIT_CORE.rawValue)
}

extension Confinement {
    /// Namespaces of its own for the network, which then has nothing in it, for processes and for
    /// their messages: by way of a namespace of users, which needs no privilege, or without where
    /// there is the privilege and no such namespace.
    private mutating func separate() {
        let (user, group) = (getuid(), getgid())
        let (processes, network): (Int32, Int32) = (0x2000_0000, 0x4000_0000)
        let (users, messages): (Int32, Int32) = (0x1000_0000, 0x0800_0000)
        typealias Unshare = @convention(c) (Int32) -> Int32
        guard let unshare = Self.function("unshare", as: Unshare.self) else {
            missing.append("a network and processes of its own (no unshare)")
            return
        }
        let wanted = processes | network | messages
        if unshare(users | wanted) == 0 {
            // The user stays who they are; without a map they would be nobody.
            Self.write("deny", to: "/proc/self/setgroups")
            Self.write("\(user) \(user) 1", to: "/proc/self/uid_map")
            Self.write("\(group) \(group) 1", to: "/proc/self/gid_map")
        } else if unshare(wanted) != 0 {
            let reason = String(cString: strerror(errno))
            missing.append("a network and processes of its own (namespaces: \(reason))")
            return
        }
        hasNamespaces = true
    }

    /// Programs that give other rights to whoever starts them, such as sudo, give none.
    private mutating func gainNoPrivileges() {
        typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
        let noNewPrivileges: Int32 = 38
        let prctl = Self.function("prctl", as: Control.self)
        if prctl?(noNewPrivileges, 1, 0, 0, 0) != 0 { missing.append("no new privileges") }
    }

    /// A function of the C library that Swift's module of it leaves out.
    private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }

    private static func write(_ text: String, to path: String) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = Glibc.write(file, text, text.utf8.count)
        close(file)
    }
}
#else
/// The limits by the numbers of this system.
private enum Resource {
    typealias Kind = Int32
    static let processes = RLIMIT_NPROC
    static let cpu = RLIMIT_CPU
    static let openFiles = RLIMIT_NOFILE
    static let fileSize = RLIMIT_FSIZE
    static let core = RLIMIT_CORE
}

extension Confinement {
    private mutating func separate() {
        missing.append("a network and processes of its own (this system has no namespaces)")
    }

    private mutating func gainNoPrivileges() {
        missing.append("no new privileges (this system has no such thing)")
    }
}
#endif
