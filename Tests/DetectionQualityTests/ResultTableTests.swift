import DetectionQuality
import Testing

@Suite("Result table")
struct ResultTableTests {
    @Test("Columns are as wide as their widest cell, numbers to the right")
    func columns() {
        var table = ResultTable("Findings", columns: ["kind", "recall"])
        table.add("spike", ResultTable.number(0.5))
        table.add("drift upwards", ResultTable.number(12.0345))
        #expect(
            table.text == """
                Findings
                ---------------------
                kind           recall
                ---------------------
                spike           0.500
                drift upwards  12.035
                ---------------------

                """)
    }

    @Test("Numbers are rounded, not cut")
    func numbers() {
        #expect(ResultTable.number(0.9996) == "1.000")
        #expect(ResultTable.number(-0.0004) == "0.000")
        #expect(ResultTable.number(-1.25, digits: 1) == "-1.3")
        #expect(ResultTable.number(7.5, digits: 0) == "8")
        #expect(ResultTable.number(.nan) == "-")
    }
}
