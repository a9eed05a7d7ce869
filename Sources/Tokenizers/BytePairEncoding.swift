/// Byte-pair encoding: a word begins as its characters, and pairs of tokens merge, the pair that
/// was learnt first before all others (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909).
struct BytePairEncoding: Sendable {
    /// The tokens.
    let vocabulary: Vocabulary
    /// The tokens that words begin as.
    let alphabet: TokenAlphabet
    /// What each pair merges into.
    let merges: MergeTable
    /// Where words can be cut; nil where a merge is not of characters alone.
    let joinedPairs: JoinedPairs?
    /// Whether a word that is a token is that token, whatever its merges are (Llama 3).
    let ignoresMerges: Bool

    /// Appends the tokens of a word.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, memory: inout EncodingMemory.Contents,
        into tokens: inout [Int]
    ) {
        if range.count > WordCache.longestWord, let joinedPairs, !ignoresMerges {
            encodeParts(of: text, range, joinedPairs, memory: &memory, into: &tokens)
        } else {
            encodePart(of: text, range, memory: &memory, into: &tokens)
        }
    }

    /// Appends the tokens of a long word, cut wherever no merge joins its characters.
    private func encodeParts(
        of text: [UInt8], _ range: Range<Int>, _ joinedPairs: JoinedPairs,
        memory: inout EncodingMemory.Contents, into tokens: inout [Int]
    ) {
        var start = range.lowerBound
        var place = start
        var last: UInt32 = 0
        // Unknown characters stay together, as several may be one token.
        var isLastKnown = false
        while place < range.upperBound {
            let (value, next) = alphabet.character(of: text, at: place, limit: range.upperBound)
            let isKnown = alphabet.token(of: value) != nil
            let character = alphabet.scalar(of: value)
            if isKnown, isLastKnown, !joinedPairs.contains(last, character) {
                encodePart(of: text, start..<place, memory: &memory, into: &tokens)
                start = place
            }
            (last, isLastKnown, place) = (character, isKnown, next)
        }
        encodePart(of: text, start..<range.upperBound, memory: &memory, into: &tokens)
    }

    private func encodePart(
        of text: [UInt8], _ range: Range<Int>, memory: inout EncodingMemory.Contents,
        into tokens: inout [Int]
    ) {
        let key = WordCache.Key(text, range)
        if let key, memory.cache.append(key, to: &tokens) { return }
        merge(text, range, &memory.word)
        for token in memory.word.tokens { tokens.append(Int(token)) }
        if let key { memory.cache.insert(key, memory.word.tokens) }
    }

    private func merge(_ text: [UInt8], _ range: Range<Int>, _ word: inout MergingWord) {
        if ignoresMerges, let id = vocabulary.id(of: alphabet.spelling(of: text[range])) {
            word.tokens = [UInt32(truncatingIfNeeded: id)]
            return
        }
        word.tokens.removeAll(keepingCapacity: true)
        alphabet.appendTokens(of: text, in: range, to: &word.tokens)
        word.mergeAll(merges)
    }
}
