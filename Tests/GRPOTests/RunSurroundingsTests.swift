import Testing
import Torch

@testable import GRPO

/// What a resumed run says of the machine it goes on on.
@Suite struct RunSurroundingsTests {
    @Test func theSameSurroundingsAreNothingToTell() {
        let now = RunSurroundings(.cpu)
        #expect(now.warnings(since: now) == [])
    }

    @Test func anotherLibraryAndDeviceAreSaidAloud() {
        var (old, new) = (RunSurroundings(.cpu), RunSurroundings(.cpu))
        (old.libtorch, new.libtorch) = ("2.11.0", "2.13.0")
        old.device = "cuda:0"
        let warnings = new.warnings(since: old)
        #expect(warnings.count == 2)
        let library = "libtorch: the checkpoint was made with 2.11.0, this is 2.13.0. The"
        #expect(warnings[0].hasPrefix(library), "\(warnings)")
        #expect(warnings[1].hasPrefix("device: the checkpoint was made with cuda:0, this is cpu."))
    }

    @Test func otherThreadsAndAnotherProcessorAreEachSaid() {
        var (old, new) = (RunSurroundings(.cpu), RunSurroundings(.cpu))
        (old.threads, new.threads) = (2, 8)
        (old.processor, new.processor) = (nil, "EPYC")
        let warnings = new.warnings(since: old)
        #expect(warnings.count == 2)
        #expect(warnings[0].hasPrefix("threads: the checkpoint was made with 2, this is 8."))
        #expect(warnings[1].hasPrefix("processor: the checkpoint was made with unknown, this is"))
    }
}
