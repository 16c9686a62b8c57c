public import GantryCore
import GantryCryptography
import GantryJSON

/// A mail as it goes over the wire (RFC 5322, RFC 2045): the same bytes for the same draft and id.
public enum MailText {
    /// Longest piece of a text in an encoded word, so that the word stays within 75 characters (RFC 2047).
    private static let wordBytes = 45
    /// Characters of a line of base64 (RFC 2045).
    private static let lineCharacters = 76

    /// Head and body.
    ///
    /// - Parameter id: Names the mail among all of the sender's; letters, digits, hyphens and full stops.
    public static func bytes(of draft: MailDraft, from sender: MailSender, id: String) -> [UInt8] {
        let host = sender.address.split(separator: "@").last.map(String.init) ?? "localhost"
        var lines = [
            "Date: \(MailDate.text(milliseconds: draft.timeMilliseconds))",
            "From: \(mailbox(sender))",
            "To: \(draft.recipient)",
        ]
        if !draft.replyTo.isEmpty { lines.append("Reply-To: \(draft.replyTo)") }
        lines += [
            "Subject: \(unstructured(draft.subject))",
            "Message-ID: <\(id)@\(host)>",
            // RFC 3834: nobody's holiday answers it.
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ]
        if let html = draft.html {
            let boundary = "gantry-\(id)"
            lines += ["Content-Type: multipart/alternative; boundary=\"\(boundary)\"", "", "--\(boundary)"]
            lines += part(draft.text, "plain") + ["--\(boundary)"] + part(html, "html") + ["--\(boundary)--"]
        } else {
            lines += part(draft.text, "plain")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    private static func part(_ text: String, _ subtype: String) -> [String] {
        var canonical: [UInt8] = []
        canonical.reserveCapacity(text.utf8.count)
        for byte in text.utf8 where byte != 0x0d {
            if byte == 0x0a { canonical.append(0x0d) }
            canonical.append(byte)
        }
        var lines = ["Content-Type: text/\(subtype); charset=utf-8", "Content-Transfer-Encoding: base64", ""]
        var rest = Substring(Base64.text(canonical))
        while !rest.isEmpty {
            lines.append(String(rest.prefix(lineCharacters)))
            rest = rest.dropFirst(lineCharacters)
        }
        return lines
    }

    private static func mailbox(_ sender: MailSender) -> String {
        guard !sender.name.isEmpty else { return sender.address }
        let isPlain = sender.name.utf8.allSatisfy { byte in
            byte == 0x20 || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        return "\(isPlain ? "\"\(sender.name)\"" : encodedWords(sender.name)) <\(sender.address)>"
    }

    /// A text of the head: as it is where it is short and plain, else in encoded words.
    private static func unstructured(_ text: String) -> String {
        let isPlain = text.utf8.count <= 60 && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } && !text.contains("=?")
        return isPlain ? text : encodedWords(text)
    }

    private static func encodedWords(_ text: String) -> String {
        var words: [String] = []
        var piece: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if piece.count + bytes.count > wordBytes {
                words.append("=?utf-8?B?\(Base64.text(piece))?=")
                piece = []
            }
            piece += bytes
        }
        if !piece.isEmpty { words.append("=?utf-8?B?\(Base64.text(piece))?=") }
        return words.joined(separator: "\r\n ")
    }
}

/// Dates of mails (RFC 5322), in UTC.
enum MailDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(milliseconds: Int64) -> String {
        // `2026-11-22T01:05:38Z`, whose parts stand in fixed places.
        let digits = Array(RFC3339.string(milliseconds: max(0, milliseconds)).utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        let day = days[Int(max(0, milliseconds) / 86_400_000 % 7)]
        let month = months[max(0, (Int(part(5..<7)) ?? 1) - 1)]
        return "\(day), \(part(8..<10)) \(month) \(part(0..<4)) \(part(11..<19)) +0000"
    }
}
