import NIOCore
import NIOHPACK

/// Makes the fields of HTTP/2 answers out of the header lines that handlers write. Belongs to one event loop.
///
/// Answers of one kind have the same lines in the same order, most of them with the same values, so that what a line
/// became the last time is mostly what it becomes now.
final class HTTP2Fields {
    private struct Slot {
        var line: [UInt8] = []
        var nameCount = 0
        var name = ""
        var value = ""
    }

    private var slots: [Slot] = []
    private var dateBytes: [UInt8] = []
    private var date = ""

    /// The fields of an answer.
    /// - Parameters:
    ///   - date: Bytes of the Date header.
    ///   - length: Of the content, where it is told.
    ///   - lines: `Name: value`, each with its line end.
    func make(status: Int, date: [UInt8], length: Int?, lines: UnsafeRawBufferPointer) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(12)
        headers.add(name: ":status", value: String(status))
        if date != dateBytes {
            dateBytes = date
            self.date = String(decoding: date, as: UTF8.self)
        }
        headers.add(name: "date", value: self.date)
        if let length { headers.add(name: "content-length", value: String(length), indexing: .nonIndexable) }
        var rest = lines[...]
        var index = 0
        while let end = rest.firstIndex(of: 0x0D) {
            add(UnsafeRawBufferPointer(rebasing: rest[..<end]), at: index, to: &headers)
            rest = rest[min(end + 2, rest.endIndex)...]
            index += 1
        }
        return headers
    }

    private func add(_ line: UnsafeRawBufferPointer, at index: Int, to headers: inout HPACKHeaders) {
        if index == slots.count { slots.append(Slot()) }
        if slots[index].line.elementsEqual(line) {
            // What comes again is worth its place in the client's table.
            return headers.add(name: slots[index].name, value: slots[index].value, indexing: .indexable)
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let isSameName =
            slots[index].nameCount == colon && slots[index].line.prefix(colon).elementsEqual(line.prefix(colon))
        if !isSameName {
            slots[index].nameCount = colon
            slots[index].name = String(decoding: line.prefix(colon), as: UTF8.self).lowercased()
        }
        slots[index].line.removeAll(keepingCapacity: true)
        slots[index].line.append(contentsOf: line)
        slots[index].value = String(decoding: line.dropFirst(colon + 2), as: UTF8.self)
        let isSecret = slots[index].name == "set-cookie"
        headers.add(
            name: slots[index].name, value: slots[index].value, indexing: isSecret ? .neverIndexed : .nonIndexable)
    }
}
