/// Characters of well-formed UTF-8, which all stages work on.
///
/// Every text comes from a `String`, so that its bytes are well-formed. Of other bytes these give
/// some character, and never trap within the range.
extension [UInt8] {
    /// The character that begins at a place, and where it ends, at most at `limit`.
    @inline(__always)
    func scalar(at place: Int, limit: Int) -> (value: UInt32, end: Int) {
        let lead = self[place]
        if lead < 0x80 { return (UInt32(lead), place + 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        let end = Swift.min(place + length, limit)
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for place in place + 1..<end { value = value << 6 | UInt32(self[place] & 0x3F) }
        return (Swift.min(value, 0x10FFFF), end)
    }

    /// The character that ends before a place, and where it begins, at least at `limit`.
    func scalar(before place: Int, limit: Int) -> (value: UInt32, start: Int) {
        var start = place - 1
        while start > limit, self[start] & 0xC0 == 0x80 { start -= 1 }
        return (scalar(at: start, limit: place).value, start)
    }

    /// Whether these bytes stand at a place.
    func has(_ bytes: [UInt8], at place: Int, limit: Int) -> Bool {
        guard limit - place >= bytes.count else { return false }
        for index in bytes.indices where self[place + index] != bytes[index] { return false }
        return true
    }

    /// Where these bytes stand within a range, from left to right and without overlaps.
    func places(of bytes: [UInt8], in range: Range<Int>) -> [Range<Int>] {
        guard let first = bytes.first else { return [] }
        var places: [Range<Int>] = []
        var place = range.lowerBound
        while place + bytes.count <= range.upperBound {
            if self[place] == first, has(bytes, at: place, limit: range.upperBound) {
                places.append(place..<place + bytes.count)
                place += bytes.count
            } else {
                place += 1
            }
        }
        return places
    }

    func text(in range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }
}
