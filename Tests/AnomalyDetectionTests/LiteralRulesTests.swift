import AnomalyDetection
import ChargingSimulator
import Testing

@Suite("The pipeline agrees with the rules taken literally")
struct LiteralRulesTests {
    /// A random session that wanders around the thresholds of the rules.
    private func session(_ random: inout RandomSource, chargeOf battery: Double? = nil) -> LiteralRules {
        let count = Int.random(in: 6...50, using: &random)
        // From 5 minutes on a pause may go unseen between two readings.
        let steps: [Double] = [0.5, 1, 2, 3, 4]
        let shares: [Double] = [1, 0.01, 0.08, 0.6, 0.9, 1.2, 1.6]
        let step = steps.randomElement(using: &random) ?? 1
        var times: [Double] = []
        var time = 0.0
        var power: [Double] = []
        var register: [Double] = []
        var value = 1000.0
        var level = Double.random(in: 1...40, using: &random)
        var share = 1.0
        var isLost = false
        for _ in 0..<count {
            times.append(time)
            register.append(value)
            if Int.random(in: 0..<8, using: &random) == 0 { level = Double.random(in: 1...60, using: &random) }
            if Int.random(in: 0..<10, using: &random) == 0 { share = shares.randomElement(using: &random) ?? 1 }
            if Int.random(in: 0..<12, using: &random) == 0 { isLost.toggle() }
            power.append(isLost ? level * 0.05 : level)
            let distance = step * Double.random(in: 0.8...1.2, using: &random)
            // Whole seconds, so that hours and milliseconds agree.
            let seconds = (distance * 60).rounded()
            // What flows more slowly after the last rise of the state of charge heats the cabin.
            let flowing = battery == nil ? level * share : max(3.5, level * share)
            value += max(0.001, flowing * seconds / 3600)
            time += seconds / 3600
        }
        var rules = LiteralRules(times: times, register: register, power: power)
        if let battery {
            var shift = 0.0
            rules.charge = register.map { energy in
                if Int.random(in: 0..<10, using: &random) == 0 { shift += Double.random(in: -9...35, using: &random) }
                return (20 + shift + (energy - 1000) / battery * 100).rounded()
            }
        }
        return rules
    }

    @Test("Power set against energy")
    func power() {
        var random = RandomSource(seed: 1)
        var counts = [0, 0, 0, 0]
        for _ in 0..<400 {
            let rules = session(&random)
            let judged = found(rules.readings)
            let literal = [rules.hasPlateau(), rules.hasDrop(), rules.hasMismatch(), rules.hasPowerSpike()]
            #expect(judged.contains(.energyPlateau) == literal[0])
            #expect(judged.contains(.powerDrop) == literal[1])
            #expect(judged.contains(.powerEnergyMismatch) == literal[2])
            #expect(judged.contains(.powerSpike) == literal[3])
            for index in literal.indices where literal[index] { counts[index] += 1 }
        }
        #expect(counts.dropLast().allSatisfy { $0 > 20 && $0 < 380 }, "\(counts)")
    }

    @Test("Spikes of the register")
    func spikes() {
        var random = RandomSource(seed: 2)
        var count = 0
        for number in 0..<800 {
            var rules = session(&random)
            rules.power = []
            if number.isMultiple(of: 2) { rules.rating = Double.random(in: 2...60, using: &random) }
            let place = Int.random(in: 1..<rules.times.count, using: &random)
            let height = Double.random(in: 0...60, using: &random)
            for index in place..<rules.times.count { rules.register[index] += height }
            let isLiteral = rules.hasEnergySpike()
            if isLiteral { count += 1 }
            #expect(self.isSpike(rules) == isLiteral)
        }
        #expect(count > 80 && count < 720, "\(count)")
    }

    private func isSpike(_ rules: LiteralRules) -> Bool {
        found(rules.readings, rating: rules.rating).contains(.energySpike)
    }

    @Test("Single peaks of power")
    func peaks() {
        var random = RandomSource(seed: 3)
        var count = 0
        for _ in 0..<800 {
            var rules = session(&random)
            let level = Double.random(in: 0.8...12, using: &random)
            for index in rules.power.indices { rules.power[index] = level * Double.random(in: 0.8...1, using: &random) }
            var value = 1000.0
            for index in rules.register.indices {
                if index > 0 { value += level * (rules.times[index] - rules.times[index - 1]) }
                rules.register[index] = value
            }
            let place = Int.random(in: 0..<rules.times.count, using: &random)
            rules.power[place] *= Double.random(in: 2...6, using: &random)
            for index in place..<rules.times.count {
                rules.register[index] += Double.random(in: 0.1...0.21, using: &random)
            }
            let isLiteral = rules.hasPowerSpike()
            if isLiteral { count += 1 }
            #expect(found(rules.readings).contains(.powerSpike) == isLiteral)
        }
        #expect(count > 80 && count < 720, "\(count)")
    }

    @Test("Falls of the register")
    func falls() {
        var random = RandomSource(seed: 4)
        var counts = (decreases: 0, pits: 0)
        for _ in 0..<1200 {
            var rules = session(&random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 1..<rules.times.count, using: &random)
                let length = Int.random(in: 1...rules.times.count, using: &random)
                let depth = Double.random(in: 0...3, using: &random)
                for index in place..<min(rules.times.count, place + length) { rules.register[index] -= depth }
            }
            let judged = found(rules.readings)
            let literal = rules.falls()
            if literal.decrease { counts.decreases += 1 }
            if literal.pit { counts.pits += 1 }
            #expect(judged.contains(.registerDecrease) == literal.decrease)
            #expect(judged.contains(.energyPit) == literal.pit)
        }
        #expect(counts.decreases > 100 && counts.pits > 100, "\(counts)")
    }

    @Test("States of charge")
    func statesOfCharge() {
        var random = RandomSource(seed: 5)
        var counts = (decreases: 0, jumps: 0)
        for _ in 0..<1200 {
            var rules = session(&random, chargeOf: Double.random(in: 2...90, using: &random))
            rules.power = []
            let judged = found(rules.readings)
            if rules.hasChargeDecrease() { counts.decreases += 1 }
            if rules.hasChargeJump() { counts.jumps += 1 }
            #expect(judged.contains(.stateOfChargeDecrease) == rules.hasChargeDecrease())
            if rules.hasChargeJump() { #expect(judged.contains(.stateOfChargeJump)) }
        }
        #expect(counts.decreases > 100 && counts.jumps > 50, "\(counts)")
    }
}
