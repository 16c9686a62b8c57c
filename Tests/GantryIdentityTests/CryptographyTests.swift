import GantryCryptography
import Testing

@Suite("Cryptographic functions")
struct CryptographyTests {
    @Test("Digests are those of the standards")
    func digests() {
        #expect(
            Cryptography.sha256("abc").hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            Cryptography.hmacSHA256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)).hexadecimal
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test("Base64url has one text for each value", arguments: 0..<70)
    func base64(count: Int) {
        let bytes = Cryptography.randomBytes(count)
        #expect(Base64URL.bytes(Array(Base64URL.text(bytes).utf8)) == bytes)
    }

    @Test("Base64url refuses what it would not write", arguments: ["A", "AB", "QQ==", "Q Q", "Q+", "Q/", "AAAAA"])
    func badBase64(text: String) {
        #expect(Base64URL.bytes(Array(text.utf8)) == nil)
    }

    @Test("Hexadecimal digits are read in either case")
    func hexadecimal() {
        #expect(Hexadecimal.bytes("00fFa5") == [0x00, 0xFF, 0xA5])
        #expect(Hexadecimal.text([0x00, 0xFF, 0xA5]) == "00ffa5")
        #expect(Hexadecimal.bytes("0") == nil)
        #expect(Hexadecimal.bytes("0g") == nil)
    }

    @Test("A UUID is the digits of its bits in order, but for those that say what it is")
    func digits() {
        var bytes = [UInt8](repeating: 0, count: UUIDText.count)
        bytes.withUnsafeMutableBytes {
            UUIDText.write(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210, into: $0)
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "01234567-89ab-4def-bedc-ba9876543210")
    }

    @Test("UUIDs have the form of version 4")
    func uuid() {
        let texts = (0..<100).map { _ in UUIDText.random() }
        #expect(Set(texts).count == 100)
        for text in texts {
            #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        }
    }

    @Test("Comparison looks at every byte")
    func equality() {
        #expect(Cryptography.areEqual([1, 2, 3], [1, 2, 3]))
        #expect(!Cryptography.areEqual([1, 2, 3], [1, 2, 4]))
        #expect(!Cryptography.areEqual([1, 2, 3], [1, 2]))
    }
}
