import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import LanguageModels

/// A folder of a model of text and images, of which the text part is used.
@Suite struct MultimodalFolderTests {
    private func withFolder(
        names: (DecoderConfiguration, String) -> String?,
        _ body: (_ folder: URL, _ decoder: Decoder) throws -> Void
    ) throws {
        let golden = try FamilyGoldens.named("v4 gemma3")
        let decoder = try golden.decoder()
        try withTemporaryFolder { folder in
            let text = try decoder.parameters.map { parameter in
                let name = try #require(names(decoder.configuration, parameter.name))
                return (name, parameter.value)
            }
            try SafetensorsFile.write(
                text + [("vision_tower.bias", Tensor.zeros([2]))],
                to: folder.appending(path: "model.safetensors"))
            try Data(golden.config.utf8).write(to: folder.appending(path: "config.json"))
            try body(folder, decoder)
        }
    }

    private func logits(_ decoder: Decoder) -> [Double] {
        withoutGradients { decoder.logits([5, 17, 80, 3, 9]).doubles }
    }

    @Test(arguments: [true, false])
    func itsTextPartIsLoadedUnderOldAndNewNames(isOld: Bool) throws {
        let names = { (shape: DecoderConfiguration, name: String) in
            isOld ? shape.checkpointNames(name).first : shape.checkpointNames(name).last
        }
        try withFolder(names: names) { folder, decoder in
            let loaded = try Decoder(folder: folder)
            #expect(logits(loaded) == logits(decoder))
        }
    }

    @Test func itsTextPartTakesAnAdapterAndAValueNetwork() throws {
        try withFolder(names: { $0.checkpointNames($1).first }) { folder, decoder in
            let loaded = try Decoder(folder: folder)
            let adapter = try LowRankAdapter(new: .init(rank: 2, alpha: 4), seed: 1)
            let adapted = try loaded.adapted(by: adapter)
            #expect(logits(adapted) == logits(decoder))
            #expect(try logits(adapted.copyingAdapter()) == logits(decoder))
            #expect(try logits(adapted.merged()) == logits(decoder))
            #expect(try loaded.trunkCopy().parameters.count == decoder.parameters.count)
        }
    }

    @Test func inspectionSaysThatTheImagePartIsNotUsed() throws {
        try withFolder(names: { $0.checkpointNames($1).first }) { folder, _ in
            let findings = try ModelInspection(folder: folder).findings
            let ofTensors = findings.filter {
                $0.text.contains("vision") || $0.text.contains("tensors")
            }
            #expect(
                ofTensors == [
                    ModelInspection.Finding(
                        severity: .note,
                        text: "only the text part is used and saved, not the part for images: "
                            + "vision_tower.bias.")
                ])
        }
    }
}
