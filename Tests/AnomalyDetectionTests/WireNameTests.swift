import AnomalyDetection
import Testing

@Suite("Names and units")
struct WireNameTests {
    private func parsed<Value>(_ text: String, _ parse: (UnsafeRawBufferPointer) -> Value?) -> Value? {
        var text = text
        return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    @Test("Every name leads back to its value, and no other does")
    func names() {
        for value in Measurand.allCases { #expect(parsed("\(value.wireName)", Measurand.init(wireName:)) == value) }
        for value in Unit.allCases { #expect(parsed("\(value.wireName)", Unit.init(wireName:)) == value) }
        for value in Phase.allCases { #expect(parsed("\(value.wireName)", Phase.init(wireName:)) == value) }
        for value in Location.allCases { #expect(parsed("\(value.wireName)", Location.init(wireName:)) == value) }
        for value in AnomalyCategory.allCases {
            #expect(parsed("\(value.wireName)", AnomalyCategory.init(wireName:)) == value)
            #expect(parsed("\(value.identifier)", AnomalyCategory.init(identifier:)) == value)
        }
        for text in ["", "soc", "SoC ", "Energy.Active.Import.Registe", "kwh", "L4", "outlet", "KWH-DECREASE"] {
            #expect(parsed(text, Measurand.init(wireName:)) == nil)
            #expect(parsed(text, Unit.init(wireName:)) == nil)
            #expect(parsed(text, Phase.init(wireName:)) == nil)
            #expect(parsed(text, Location.init(wireName:)) == nil)
            #expect(parsed(text, AnomalyCategory.init(wireName:)) == nil)
        }
    }

    @Test("The identifier of a category is its code in lower case with hyphens")
    func identifiers() {
        for category in AnomalyCategory.allCases {
            let expected = "\(category.wireName)".lowercased().split(separator: "_").joined(separator: "-")
            #expect("\(category.identifier)" == expected)
            #expect("\(category.summary)".hasSuffix("."))
            #expect(!"\(category.name)".isEmpty)
        }
        #expect(AnomalyCategory.allCases.count == 16)
    }

    @Test("There are as many names as in the contract")
    func counts() {
        #expect(Measurand.allCases.count == 27)
        #expect(Unit.allCases.count == 20)
        #expect(Phase.allCases.count == 10)
        #expect(Location.allCases.count == 5)
    }

    @Test("Units fit measurands of their quantity")
    func fitting() {
        for measurand in Measurand.allCases {
            #expect(measurand.fits(nil))
            if let unit = measurand.defaultUnit { #expect(measurand.fits(unit)) }
        }
        #expect(Measurand.energyActiveImportRegister.fits(.kilowattHour))
        #expect(!Measurand.energyActiveImportRegister.fits(.kilowatt))
        #expect(!Measurand.energyReactiveNet.fits(.kilowattHour))
        #expect(Measurand.temperature.fits(.kelvin))
        #expect(!Measurand.stateOfCharge.fits(.celsius))
        #expect(!Measurand.powerFactor.fits(.percent))
    }

    @Test("Values are compared in common units")
    func conversion() {
        #expect(Unit.wattHour.common(1500) == 1.5)
        #expect(Unit.kilowattHour.common(1.5) == 1.5)
        #expect(Unit.watt.common(1500) == 1.5)
        #expect(Unit.fahrenheit.common(212) == 100)
        #expect(abs(Unit.kelvin.common(373.15) - 100) < 1e-9)
        #expect(Reading(timestampMilliseconds: 0, value: 1500).commonValue == 1.5)
        #expect(Reading(timestampMilliseconds: 0, value: 50, measurand: .stateOfCharge).commonValue == 50)
    }

    @Test("A reading is small")
    func size() {
        #expect(MemoryLayout<Reading>.stride == 24)
    }
}
