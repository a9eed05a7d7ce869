import Foundation

/// The probability that Student's t with `degreesOfFreedom` lies below `t`: the finite sums of
/// Abramowitz & Stegun 26.7.3 and 26.7.4, exact for whole degrees.
func studentProbability(_ t: Double, degreesOfFreedom: Int) -> Double {
    let angle = atan(t / Double(degreesOfFreedom).squareRoot())
    let square = cos(angle) * cos(angle)
    let isOdd = degreesOfFreedom % 2 == 1
    var term = isOdd ? cos(angle) : 1
    var sum = degreesOfFreedom > 1 ? term : 0
    for index in stride(from: isOdd ? 3 : 2, to: degreesOfFreedom, by: 2) {
        term *= square * Double(index - 1) / Double(index)
        sum += term
    }
    let within = isOdd ? 2 / .pi * (angle + sin(angle) * sum) : sin(angle) * sum
    return 0.5 + within / 2
}

/// The t below which Student's distribution has `probability`, of 0.5 to 1.
func studentQuantile(_ probability: Double, degreesOfFreedom: Int) -> Double {
    var (low, high) = (0.0, 1.0)
    while studentProbability(high, degreesOfFreedom: degreesOfFreedom) < probability, high < 1e9 {
        high *= 2
    }
    for _ in 0..<80 {
        let middle = (low + high) / 2
        if studentProbability(middle, degreesOfFreedom: degreesOfFreedom) < probability {
            low = middle
        } else {
            high = middle
        }
    }
    return (low + high) / 2
}
