import Glibc

/// A small generator of random numbers (SplitMix64, Steele et al. 2014): the same seed gives the same numbers on every
/// machine, so that what is drawn in training and in tests can be drawn again.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Makes a generator.
    /// - Parameter seed: Any number; equal seeds give equal sequences.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A generator of its own for a part of the work, so that parts do not disturb each other.
    public mutating func branch() -> SeededRandom {
        SeededRandom(seed: next())
    }

    /// A number from 0 up to 1.
    public mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number of the range, all equally likely.
    public mutating func number(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + unit() * (range.upperBound - range.lowerBound)
    }

    /// A number of the range, all orders of magnitude equally likely; the range lies above 0.
    public mutating func magnitude(_ range: ClosedRange<Double>) -> Double {
        exp(number(log(range.lowerBound)...log(range.upperBound)))
    }

    /// A whole number of the range, all equally likely.
    public mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(unit() * Double(range.count))
    }

    /// True with the probability.
    public mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    /// One of the choices, all equally likely; there is at least one.
    public mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[whole(0...(choices.count - 1))]
    }

    /// A number around 0 with a standard deviation of 1 (Box and Muller).
    public mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * .pi * unit())
    }
}
