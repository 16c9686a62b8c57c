import DetectionQuality
import Glibc
import Testing

/// A hundred and twenty points with three labelled ranges; two of the ranges are near each other.
private enum Sample {
    static let scores = (0..<120).map { index in
        var score = Double((index * 37 + 11) % 101) / 101
        if 22..<25 ~= index { score += 0.5 }
        if index == 95 { score += 0.9 }
        if index == 60 { score += 0.7 }
        return score
    }
    static let coarse = scores.map { ($0 * 10).rounded() / 10 }
    static let labels = (0..<120).map { 20..<27 ~= $0 || 31..<34 ~= $0 || 90..<100 ~= $0 }
    static let atTheEnds = (0..<120).map { $0 < 3 || $0 >= 117 }
}

@Suite("Metrics agree with the reference implementations")
struct MetricTests {
    /// Values of `generate_curve` of TSB-AD 1.5 for the same points.
    @Test(
        "VUS-PR as TSB-AD computes it",
        arguments: [
            (0, 0.26268458517990223), (1, 0.26268458517990223), (8, 0.3357795394985541), (25, 0.47435589893849983),
        ])
    func volume(width: Int, expected: Double) {
        let volume = VolumeUnderSurface.precisionRecall(scores: Sample.scores, labels: Sample.labels, width: width)
        #expect(abs(volume - expected) < 1e-12)
    }

    @Test("VUS-PR with labels at both ends of the series, and with equal scores")
    func edges() {
        let ends = VolumeUnderSurface.precisionRecall(scores: Sample.scores, labels: Sample.atTheEnds, width: 16)
        #expect(abs(ends - 0.12635986750030845) < 1e-12)
        let ties = VolumeUnderSurface.precisionRecall(scores: Sample.coarse, labels: Sample.labels, width: 8)
        #expect(abs(ties - 0.2948455364647277) < 1e-12)
    }

    /// Values of `average_precision_score` of scikit-learn for the same points.
    @Test("AUC-PR as scikit-learn computes it, also with equal scores")
    func area() {
        let area = PrecisionRecall(scores: Sample.scores, labels: Sample.labels).areaUnderCurve
        #expect(abs(area - 0.3035936760889931) < 1e-12)
        let ties = PrecisionRecall(scores: Sample.coarse, labels: Sample.labels).areaUnderCurve
        #expect(abs(ties - 0.26308755658320093) < 1e-12)
    }

    @Test("Precision, recall and their mean count points at the threshold, and nothing around them")
    func counts() {
        let quality = PrecisionRecall(
            scores: [0.9, 0.5, 0.4, 0.5, 0.1], labels: [true, true, true, false, false], threshold: 0.5)
        #expect(quality.precision == 2.0 / 3)
        #expect(quality.recall == 2.0 / 3)
        #expect(quality.harmonicMean == 2.0 / 3)
        #expect(quality.falseAlarmRate == 0.5)
        #expect(PrecisionRecall(scores: [0.1], labels: [false]).harmonicMean == 0)
    }

    /// The value of `find_length_rank` of TSB-AD for the same series.
    @Test("The width of the buffer is the period that TSB-AD finds")
    func period() {
        let values = (0..<1000).map { sin(2 * Double.pi * Double($0) / 48) + Double(($0 * 37) % 11) / 20 }
        #expect(SeriesPeriod.find(values) == 47)
        #expect(SeriesPeriod.find([Double](repeating: 3, count: 500)) == 125)
    }
}
