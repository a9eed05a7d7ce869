extension YAMLNode {
    /// This tree where `other` says nothing, and what `other` says.
    ///
    /// Sections are merged key by key; one with a `kind` of its own is a new choice and stands as it
    /// is.
    func merged(with other: YAMLNode) -> YAMLNode {
        guard case .section(let mine) = content, case .section(let theirs) = other.content,
            other.child("kind") == nil
        else { return other }
        var entries = mine
        for entry in theirs {
            if let place = entries.firstIndex(where: { $0.key == entry.key }) {
                entries[place].value = entries[place].value.merged(with: entry.value)
            } else {
                entries.append(entry)
            }
        }
        var merged = other
        merged.content = .section(entries)
        return merged
    }
}
