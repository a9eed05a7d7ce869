/// Byte-pair encoding: a word begins as its characters, and pairs of tokens merge, the pair that
/// was learnt first before all others (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909).
struct BytePairEncoding: Sendable {
    /// The tokens.
    let vocabulary: Vocabulary
    /// The tokens that words begin as.
    let scalarIDs: [Unicode.Scalar: Int]
    /// What each pair merges into.
    let merges: [Pair: Merge]
    /// Stands for a character that is no token; without it such a character is dropped.
    let unknownID: Int?
    /// Whether unknown characters in a row are one unknown token.
    let fusesUnknown: Bool
    /// Whether a word that is a token is that token, whatever its merges are (Llama 3).
    let ignoresMerges: Bool

    /// Two tokens side by side.
    struct Pair: Hashable, Sendable {
        let left: Int
        let right: Int
    }

    /// The token that a pair becomes.
    struct Merge: Sendable {
        /// The place in the list of merges; the lowest goes first.
        let rank: Int
        let id: Int
    }

    /// Appends the tokens of a word.
    func encode(_ word: [Unicode.Scalar], into tokens: inout [Int]) {
        if ignoresMerges, let id = vocabulary.id(of: String(String.UnicodeScalarView(word))) {
            tokens.append(id)
            return
        }
        let seeds = seeds(of: word)
        guard !merges.isEmpty, seeds.count > 1 else {
            tokens += seeds
            return
        }
        var merging = MergingWord(seeds)
        merging.mergeAll(merges)
        tokens += merging.tokens
    }

    /// The tokens of a word's characters.
    private func seeds(of word: [Unicode.Scalar]) -> [Int] {
        var seeds: [Int] = []
        seeds.reserveCapacity(word.count)
        var followsUnknown = false
        for scalar in word {
            let known = scalarIDs[scalar]
            if let id = known {
                seeds.append(id)
            } else if let unknownID, !(fusesUnknown && followsUnknown) {
                seeds.append(unknownID)
            }
            followsUnknown = known == nil
        }
        return seeds
    }
}
