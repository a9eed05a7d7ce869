import CTorch

/// The libtorch that this program was compiled for and the one it runs with.
public enum Library {
    /// The version of the headers that the shim was compiled with.
    public static var headerVersion: String { String(cString: ct_header_version()) }

    /// The version of the library that was loaded, or "" where it does not say.
    public static var loadedVersion: String { String(cString: ct_library_version()) }

    /// What to tell the user when headers and library differ, else `nil`.
    public static var versionMismatch: String? {
        mismatch(header: headerVersion, loaded: loadedVersion)
    }

    static func mismatch(header: String, loaded: String) -> String? {
        guard header != loaded else { return nil }
        return "libtorch: compiled for \(header), loaded \(loaded.isEmpty ? "unknown" : loaded). "
            + "Results and even the layout of objects may differ: run Scripts/libtorch and build "
            + "again, or set LD_LIBRARY_PATH to the library of \(header)."
    }

    /// The threads that one operation may use on the CPU. Changes the last bits of sums.
    public static var threadCount: Int {
        get { Int(ct_thread_count()) }
        set { ct_set_thread_count(Int32(clamping: newValue)) }
    }

    /// Whether products of many rows are computed by a kernel of our own on this processor: then no
    /// row depends on the others, and no bit on the number of threads.
    package static var multiplies: Bool { ct_multiplies() }

    /// Makes large tensors on the CPU return their memory to the system when they go, for the whole
    /// process: for a program to call.
    ///
    /// - Parameter bytes: the least size of such a tensor. A new one costs the system's zeroing of
    ///   its pages: on wide models little beside the product that fills it, on narrow ones, whose
    ///   tensors should be smaller than this, a tenth of the step.
    package static func returnLargeBlocks(from bytes: Int = 32 << 20) {
        ct_return_large_blocks(Int64(bytes))
    }
}
