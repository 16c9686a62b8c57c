import AnomalyDetection
import Testing

@Suite("Series detector")
struct SeriesDetectorTests {
    /// Two weeks of five-minute values with a course of the day and a little roughness.
    private let seconds = (0..<4032).map { Double($0) * 300 }
    private let values = (0..<4032).map { index in
        let hour = Double(index % 288) / 12
        return (hour > 8 && hour < 18 ? 40.0 : 10) + Double((index * 7919) % 13) / 13
    }

    @Test("A single high point has the highest score")
    func point() {
        var changed = values
        changed[2000] += 60
        let scores = SeriesDetector.scores(changed, seconds: seconds)
        #expect(scores.indices.max { scores[$0] < scores[$1] } == 2000)
        #expect(scores[2000] >= 0.5)
    }

    @Test("A day that does not rise stands out although its values are ordinary")
    func season() {
        var changed = values
        for index in (8 * 288)..<(9 * 288) { changed[index] = changed[index - index % 288] }
        let scores = SeriesDetector.scores(changed, seconds: seconds)
        let inside = scores[(8 * 288 + 100)..<(8 * 288 + 210)].min() ?? 0
        let outside = (scores[..<(7 * 288)] + scores[(10 * 288)...]).max() ?? 1
        #expect(inside > outside)
    }

    @Test("Unit and origin of the values do not matter")
    func invariance() {
        var changed = values
        for index in 1500..<1600 { changed[index] += 25 }
        let one = SeriesDetector.scores(changed, seconds: seconds)
        let other = SeriesDetector.scores(changed.map { $0 * 64 - 512 }, seconds: seconds)
        #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(one.allSatisfy { 0...1 ~= $0 })
    }

    @Test("Short and constant series say nothing, and series without times are scored, too")
    func nothing() {
        #expect(SeriesDetector.scores([1, 2, 3]) == [0, 0, 0])
        #expect(SeriesDetector.scores([]) == [])
        let flat = SeriesDetector.scores([Double](repeating: 5, count: 500))
        #expect(flat.allSatisfy { $0 == 0 })
        var changed = [Double](repeating: 5, count: 500)
        changed[77] = 6
        let scores = SeriesDetector.scores(changed)
        #expect(scores.indices.max { scores[$0] < scores[$1] } == 77)
    }
}
