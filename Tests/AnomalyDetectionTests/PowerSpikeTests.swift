import AnomalyDetection
import Testing

@Suite("POWER_SPIKE")
struct PowerSpikeTests {
    @Test("Power above 1.15 times the rating, or 400 kW without one, is a spike")
    func level() {
        #expect(found(power([11, 25.31, 11]), rating: 22) == [.powerSpike])
        #expect(found(power([11, 25.3, 11]), rating: 22).isEmpty)
        #expect(found(power([200, 400.1, 200])) == [.powerSpike])
        #expect(found(power([200, 400, 200])).isEmpty)
        #expect(found(series(.powerActiveImport, [11_000, 25_310, 11_000]), rating: 22) == [.powerSpike])
    }

    /// A steady charge of 2 kW with one high reading.
    private func peaked(_ peak: Double, extra: Double = 0, every minutes: Double = 1) -> [Reading] {
        var powers = [Double](repeating: 2, count: 12)
        var values = registerOf(powers, every: minutes)
        powers[6] = peak
        for index in 7..<12 { values[index] += extra }
        return register(values, every: minutes) + power(powers, every: minutes)
    }

    @Test("A single power above 5 kW and three times the next highest that the energy contradicts is a spike")
    func single() {
        #expect(found(peaked(6.01)) == [.powerSpike])
        #expect(found(peaked(6)).isEmpty)
        let low = register(registerOf([Double](repeating: 1, count: 12)))
        let lowPeak = power([1, 1, 1, 1, 1, 1, 4.9, 1, 1, 1, 1, 1])
        #expect(found(low + lowPeak).isEmpty)
    }

    @Test("A peak with energy of its own is true")
    func energy() {
        #expect(found(peaked(20, extra: 0.199)) == [.powerSpike])
        #expect(found(peaked(20, extra: 0.201)).isEmpty)
    }

    @Test("The readings around lie within 5 minutes, and five readings show charging")
    func surroundings() {
        #expect(found(peaked(20, every: 5)) == [.powerSpike])
        #expect(found(peaked(20, every: 5.1)).isEmpty)
        let few = power([0.9, 2, 20, 2, 2, 0.9, 0.9]) + register([100, 100.02, 100.05, 100.08, 100.1, 100.1, 100.1])
        #expect(found(few).isEmpty)
        let enough = power([0.9, 2, 20, 2, 2, 2, 0.9]) + register([100, 100.02, 100.05, 100.08, 100.1, 100.1, 100.1])
        #expect(found(enough) == [.powerSpike])
        #expect(found(power([2, 2, 2, 20, 2, 2, 2])).isEmpty)
    }

    @Test("Two peaks are no single one")
    func two() {
        let powers: [Double] = [2, 2, 20, 2, 2, 20, 2, 2, 2]
        #expect(found(register(registerOf([Double](repeating: 2, count: 9))) + power(powers)).isEmpty)
    }
}
