import GantryJSON
import Glibc

/// Hands a command to the host that runs on a data folder: one HTTP exchange over its socket.
struct AdministrationClient {
    let socketPath: String

    /// The answer; nil when no host listens. Throws `AdministrationError` with what the host said.
    func perform(_ command: String, _ arguments: [String: String]) throws -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard connect(descriptor) else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("command")
        writer.string(command)
        writer.key("arguments")
        writer.beginObject()
        for (name, value) in arguments.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
        writer.endObject()
        let head =
            "POST /administration HTTP/1.1\r\nhost: gantry\r\nconnection: close\r\n"
            + "content-type: application/json\r\ncontent-length: \(writer.bytes.count)\r\n\r\n"
        guard send(Array(head.utf8) + writer.bytes, to: descriptor) else { return nil }
        return try parse(receive(from: descriptor))
    }

    private func connect(_ descriptor: Int32) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard socketPath.utf8.count < capacity else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    private func receive(from descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    private func parse(_ response: [UInt8]) throws -> String {
        let text = String(decoding: response, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n"), let status = text.split(separator: " ").dropFirst().first
        else {
            throw AdministrationError(code: "failed", message: "The host ended the connection without an answer.")
        }
        let body = String(text[end.upperBound...])
        if status == "200" { return body }
        let document = try? JSONDocument(Array(body.utf8))
        throw AdministrationError(
            code: document?.withRoot { $0["code"]?.string } ?? "failed",
            message: document?.withRoot { $0["message"]?.string } ?? "The host answered \(status).")
    }
}
