/// Where stretches may begin, kept so that the best one for an end is found without looking at each: a beginning with a
/// lower key and no lower gain than another makes the other one superfluous.
struct Staircase {
    private struct Step {
        var key: Double
        var gain: Double
        var index: Int
    }

    /// Gains that differ by less are equal but for the arithmetic: then the later beginning, with its lower key, is the
    /// one of the stretch that matters.
    private static let negligible = 1e-9

    /// Steps with falling keys and falling gains, since later beginnings mostly have lower keys.
    private var steps: [Step] = []

    /// Forgets all beginnings.
    mutating func removeAll() {
        steps.removeAll(keepingCapacity: true)
    }

    /// Takes a beginning.
    mutating func insert(key: Double, gain: Double, index: Int) {
        let place = firstStep(below: key)
        // The next step has a lower key; the ones before have keys that are no lower.
        if place < steps.count, steps[place].gain >= gain { return }
        if place > 0, steps[place - 1].key == key, steps[place - 1].gain >= gain { return }
        var first = place
        while first > 0, steps[first - 1].gain <= gain + Self.negligible { first -= 1 }
        if first == place {
            steps.insert(Step(key: key, gain: gain, index: index), at: place)
        } else {
            steps[first] = Step(key: key, gain: gain, index: index)
            steps.removeSubrange((first + 1)..<place)
        }
    }

    /// The beginning with the greatest gain among those with a key below the bound; nil when there is none.
    func best(below bound: Double) -> (gain: Double, index: Int)? {
        let place = firstStep(below: bound)
        return place < steps.count ? (steps[place].gain, steps[place].index) : nil
    }

    private func firstStep(below key: Double) -> Int {
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].key < key { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
