/// The header `Content-Disposition` (RFC 6266): a name in ASCII for old clients, and the name itself after RFC 5987.
public enum ContentDisposition {
    /// What has a client keep a body under a name instead of showing it.
    public static func attachment(_ filename: String) -> String {
        let plain = String(
            decoding: filename.unicodeScalars.map { scalar in
                scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7F
                    && !"\"\\%/".unicodeScalars.contains(scalar)
                    ? UInt8(scalar.value) : UInt8(ascii: "_")
            }, as: UTF8.self)
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(extended(filename))"
    }

    private static func extended(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                bytes.append(byte)
            case _ where "!#$&+-.^_`|~".utf8.contains(byte): bytes.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
