import Foundation

extension Tokenizer {
    /// A tokenizer without merges: every byte of UTF-8 is a token.
    ///
    /// The byte b has the id b, and the special tokens follow from 256. It needs no file and writes
    /// ones that transformers and the tokenizers package load.
    ///
    /// - Parameter specialTokens: of which the first ends a text. Empty ones, single characters of
    ///   the byte alphabet and repetitions are a mistake in the program, which ends.
    /// - Returns: a tokenizer of 256 tokens and the special ones.
    public static func byteLevel(specialTokens: [String] = ["<|endoftext|>"]) -> Tokenizer {
        do {
            return try Tokenizer(
                json: Data(byteLevelFile(specialTokens).utf8),
                configuration: Data(byteLevelConfiguration(specialTokens.first).utf8),
                name: "byte-level")
        } catch {
            preconditionFailure("Tokenizer.byteLevel(specialTokens: \(specialTokens)): \(error)")
        }
    }

    private static func byteLevelFile(_ specialTokens: [String]) -> String {
        let added = specialTokens.enumerated().map { index, token in
            """
                {
                  "id": \(256 + index),
                  "content": \(JSON.quoted(token)),
                  "single_word": false,
                  "lstrip": false,
                  "rstrip": false,
                  "normalized": false,
                  "special": true
                }
            """
        }
        let vocabulary = ByteAlphabet.scalars.enumerated().map { byte, scalar in
            "      \(JSON.quoted(String(scalar))): \(byte)"
        }
        let byteLevel = """
            {
                "type": "ByteLevel",
                "add_prefix_space": false,
                "trim_offsets": true,
                "use_regex": false
              }
            """
        return """
            {
              "version": "1.0",
              "truncation": null,
              "padding": null,
              "added_tokens": [\(added.isEmpty ? "" : "\n" + added.joined(separator: ",\n") + "\n  ")],
              "normalizer": null,
              "pre_tokenizer": \(byteLevel),
              "post_processor": null,
              "decoder": \(byteLevel),
              "model": {
                "type": "BPE",
                "dropout": null,
                "unk_token": null,
                "continuing_subword_prefix": null,
                "end_of_word_suffix": null,
                "fuse_unk": false,
                "byte_fallback": false,
                "ignore_merges": false,
                "vocab": {
            \(vocabulary.joined(separator: ",\n"))
                },
                "merges": []
              }
            }

            """
    }

    private static func byteLevelConfiguration(_ endOfText: String?) -> String {
        """
        {
          "clean_up_tokenization_spaces": false,
          "eos_token": \(endOfText.map(JSON.quoted) ?? "null"),
          "tokenizer_class": "PreTrainedTokenizerFast"
        }

        """
    }
}
