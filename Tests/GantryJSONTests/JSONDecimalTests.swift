import GantryJSON
import Testing

@Suite("Decimals")
struct JSONDecimalTests {
    private func decimal(_ text: String) -> JSONDecimal { Array(text.utf8).withUnsafeBufferPointer { JSONDecimal($0) } }

    @Test("a short number is what the same is with an exponent of nothing, which is read digit by digit")
    func forms() {
        var random = SplitMix(state: 11)
        for _ in 0..<5000 {
            let digits = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                // Zeros are what the two ways treat differently.
                String(Int.random(in: 0...9, using: &random) * Int.random(in: 0...1, using: &random))
            }
            let integer = String(Int(digits.joined()) ?? 0)
            let fraction = Bool.random(using: &random) ? "." + digits.reversed().joined() : ""
            let text = (Bool.random(using: &random) ? "-" : "") + integer + fraction
            #expect(decimal(text) == decimal(text + "e0"), "\(text)")
        }
    }

    @Test("the longest that fits and the shortest that does not are read alike")
    func lengths() {
        for length in 15...22 {
            let text = String(repeating: "9", count: length)
            #expect(decimal(text) == decimal(text + "e0"), "\(text)")
            #expect(decimal("0.0\(text)") == decimal("0.0\(text)e0"), "\(text)")
        }
    }
}
