import AnomalyDetection
import Testing

@Suite("The longest sessions")
struct LongSessionTests {
    /// As many readings as a session may hold, of two measurands or one.
    private func session(_ make: (Int) -> [(Measurand, Double)]) -> [Reading] {
        let moments = 50_000 / make(0).count
        return (0..<moments).flatMap { index in
            make(index).map { measurand, value in
                let unit: Unit? =
                    switch measurand {
                    case .energyActiveImportRegister: .kilowattHour
                    case .powerActiveImport: .kilowatt
                    default: nil
                    }
                return Reading(
                    timestampMilliseconds: moment(Double(index) / 2), value: value, measurand: measurand, unit: unit)
            }
        }
    }

    @Test("A fault from end to end is judged about as fast as a short session, reading by reading")
    func linear() {
        let clock = ContinuousClock()
        let sessions: [[Reading]] = [
            session { [(.energyActiveImportRegister, Double($0) * 0.3), (.powerActiveImport, 11)] },
            session { [(.energyActiveImportRegister, Double($0) * 0.03), (.powerActiveImport, 11)] },
            session { [(.energyActiveImportRegister, 5 + 0 * Double($0)), (.powerActiveImport, 11)] },
            session { [(.energyActiveImportRegister, Double($0) * 0.09), (.stateOfCharge, 100 - Double($0) / 300)] },
            session { [(.energyActiveImportRegister, Double($0) * 0.09), (.stateOfCharge, Double(90 - $0 % 60))] },
        ]
        for readings in sessions {
            let start = clock.now
            #expect(verdict(readings).isAnomaly)
            // Each pair of readings looked at would be a billion steps, here in debug form: minutes.
            #expect(clock.now - start < .seconds(5))
        }
    }

    @Test("The stretch of a long fault is found where it is strongest")
    func stretch() throws {
        let powers = [Double](repeating: 11, count: 400)
        let clean = Array(registerOf(powers).prefix(200))
        let faulty = (1...200).map { clean[199] + Double($0) * 11 / 60 * 2 }
        let finding = try #require(
            verdict(register(clean + faulty) + power(powers)).findings.first { $0.category == .powerEnergyMismatch })
        #expect((190...200).contains(finding.startUnit) && finding.endUnit == 399)
    }
}
