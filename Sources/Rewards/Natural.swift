/// A whole number of 0 or more, of any size.
///
/// Just enough to compare fractions exactly: nothing here can overflow, and the readers bound how
/// many digits may come in.
struct Natural: Equatable, Sendable {
    /// Base 2³², the lowest limb first, without zeros at the top; empty for 0.
    private(set) var limbs: [UInt32]

    init(limbs: [UInt32]) {
        self.limbs = limbs
        while self.limbs.last == 0 { self.limbs.removeLast() }
    }

    init(_ value: UInt) {
        let low = UInt32(truncatingIfNeeded: value)
        self.init(limbs: [low, UInt32(truncatingIfNeeded: value >> 32)])
    }

    /// The number with these decimal digits (values 0 to 9), the highest first.
    init(digits: [UInt8]) {
        var limbs: [UInt32] = []
        for digit in digits {
            var carry = UInt64(digit)
            for index in limbs.indices {
                carry += UInt64(limbs[index]) * 10
                limbs[index] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            if carry > 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
        }
        self.init(limbs: limbs)
    }

    var isZero: Bool { limbs.isEmpty }

    static func + (a: Natural, b: Natural) -> Natural {
        var sum: [UInt32] = []
        var carry: UInt64 = 0
        for index in 0..<max(a.limbs.count, b.limbs.count) {
            carry += UInt64(a.limb(index)) + UInt64(b.limb(index))
            sum.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        return Natural(limbs: sum + [UInt32(truncatingIfNeeded: carry)])
    }

    /// The distance between two numbers, |a − b|.
    static func distance(_ a: Natural, _ b: Natural) -> Natural {
        let (larger, smaller) = a < b ? (b, a) : (a, b)
        var difference: [UInt32] = []
        var borrow: Int64 = 0
        for index in larger.limbs.indices {
            borrow += Int64(larger.limbs[index]) - Int64(smaller.limb(index))
            difference.append(UInt32(truncatingIfNeeded: borrow))
            borrow >>= 32
        }
        return Natural(limbs: difference)
    }

    static func * (a: Natural, b: Natural) -> Natural {
        var product = [UInt32](repeating: 0, count: a.limbs.count + b.limbs.count)
        for (i, limb) in a.limbs.enumerated() {
            var carry: UInt64 = 0
            for (j, other) in b.limbs.enumerated() {
                carry += UInt64(limb) * UInt64(other) + UInt64(product[i + j])
                product[i + j] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            product[i + b.limbs.count] = UInt32(truncatingIfNeeded: carry)
        }
        return Natural(limbs: product)
    }

    private func limb(_ index: Int) -> UInt32 { index < limbs.count ? limbs[index] : 0 }
}

extension Natural: Comparable {
    static func < (a: Natural, b: Natural) -> Bool {
        if a.limbs.count != b.limbs.count { return a.limbs.count < b.limbs.count }
        return a.limbs.reversed().lexicographicallyPrecedes(b.limbs.reversed())
    }
}
