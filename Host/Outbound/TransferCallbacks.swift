import CCurl
import Glibc

/// What libcurl calls on the engine's thread; the context is the transfer.
enum TransferCallbacks {
    static let head: gantry_curl_data_fn = { data, size, count, context in
        guard let transfer = transfer(context) else { return 0 }
        let line = UnsafeRawBufferPointer(start: data, count: size * count)
        // A number other than that of the bytes ends the transfer.
        return transfer.take(headLine: line) ? line.count : 0
    }

    static let body: gantry_curl_data_fn = { data, size, count, context in
        guard let transfer = transfer(context) else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        return switch transfer.take(body: bytes) {
        case .taken: bytes.count
        case .pause: Int(CURL_WRITEFUNC_PAUSE)
        case .stop: 0
        }
    }

    static let openSocket: gantry_curl_socket_fn = { context, _, address in
        guard let transfer = transfer(context), let address else { return CURL_SOCKET_BAD }
        let isAllowed = withUnsafePointer(to: &address.pointee.addr) { transfer.mayConnect(to: $0) }
        guard isAllowed else { return CURL_SOCKET_BAD }
        // SOCK_CLOEXEC and SOCK_NONBLOCK are the numbers of the flags of open.
        let type = address.pointee.socktype | O_CLOEXEC | O_NONBLOCK
        return socket(address.pointee.family, type, address.pointee.protocol)
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}
