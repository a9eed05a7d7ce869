import Foundation
import TestSupport
import Testing

@testable import Torch

@Suite struct TensorTests {
    @Test func aScopeWithoutGradientsEndsAlsoWhenItThrows() {
        struct Stop: Error {}
        let leaf = Tensor([1.0]).requiringGradient()
        #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
        #expect((leaf * 2).requiresGradient)
        #expect(withoutGradients { !(leaf * 2).requiresGradient })
    }

    @Test func emptyTensorsHaveNoElements() {
        #expect(Tensor([Float](), shape: [0, 3]).floats.isEmpty)
        #expect(Tensor.zeros([2, 0]).shape == [2, 0])
    }

    @Test func gradientsAddUpUntilTheyAreCleared() {
        let leaf = Tensor([2.0, 3.0]).requiringGradient()
        (leaf * leaf).sum().backward()
        (leaf * leaf).sum().backward()
        #expect(leaf.gradient?.doubles == [8, 12])
        leaf.clearGradient()
        #expect(leaf.gradient == nil)
    }

    @Test func aShapeThatDoesNotFitTrapsWithTheMessageOfLibtorch() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent])
        {
            _ = Tensor([1.0, 2.0], shape: [1, 2]).matmul(Tensor([1.0, 2.0, 3.0], shape: [3, 1]))
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("mat1 and mat2 shapes cannot be multiplied (1x2 and 3x1)"))
    }

    @Test func headerAndLibraryAreOfOneVersion() {
        #expect(Library.headerVersion == Library.loadedVersion)
        #expect(Library.versionMismatch == nil)
    }

    @Test func aDifferentLibraryIsNamed() {
        #expect(Library.mismatch(header: "2.13.0", loaded: "2.13.0") == nil)
        #expect(
            Library.mismatch(header: "2.13.0", loaded: "2.12.1")
                == "libtorch: compiled for 2.13.0, loaded 2.12.1. Results and even the layout of "
                + "objects may differ: run Scripts/libtorch and build again, or set "
                + "LD_LIBRARY_PATH to the library of 2.13.0.")
    }
}

@Suite struct DeviceTests {
    @Test func namesAreReadBack() throws {
        #expect(try Device(named: "cpu") == .cpu)
        #expect(Device.cuda(3).description == "cuda:3")
    }

    @Test(arguments: ["gpu", "cuda:", "cuda:-1", "cuda:x", "CPU", ""])
    func anUnknownNameIsRefused(name: String) {
        #expect(throws: DeviceError.unknown(name)) { try Device(named: name) }
    }

    @Test func aDeviceThatIsNotThereIsRefused() {
        let error = #expect(throws: DeviceError.self) { try Device(named: "cuda:99") }
        #expect(error?.description.hasPrefix("device: cuda:99 was asked for, but") == true)
    }
}

@Suite struct RandomStreamTests {
    @Test func theSameWordsGiveTheSameNumbersInEveryProcess() {
        var stream = RandomStream(1, 2, 3)
        #expect(
            [stream.next(), stream.next()] == [
                13_870_662_977_844_137_402, 1_580_378_851_766_860_696,
            ])
    }

    @Test func everyWordAndTheirOrderMatter() {
        let streams = [
            RandomStream(1, 2), RandomStream(2, 1), RandomStream(1, 2, 0), RandomStream(0, 1, 2),
            RandomStream(1), RandomStream(),
        ]
        let first = streams.map { stream in
            var stream = stream
            return stream.next()
        }
        #expect(Set(first).count == streams.count)
    }

    @Test func numbersAreUniform() {
        var stream = RandomStream(5)
        let numbers = (0..<20_000).map { _ in stream.uniform() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        let mean = numbers.reduce(0, +) / 20_000
        #expect(abs(mean - 0.5) < 5 * (1.0 / 12 / 20_000).squareRoot())
    }
}
