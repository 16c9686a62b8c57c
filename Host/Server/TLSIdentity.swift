import GantryThreads
import Glibc
import NIOCore
import NIOSSL

/// Certificate and private key of a listener, from two PEM files, and how they become others without a restart.
/// Connections under way keep what they began with.
public final class TLSIdentity: Sendable {
    /// What became of a look at the files.
    public enum Reload: Sendable {
        /// The files are those in use.
        case unchanged
        /// New connections are given what the files hold now.
        case replaced
        /// The files cannot be used; what was in use stays so.
        case failed(ServerError)
    }

    private struct State: Sendable {
        var context: NIOSSLContext
        /// The files as they were read.
        var marks: [FileMark]
        /// The files that failed last, so that one failure is told once.
        var failedMarks: [FileMark] = []
        /// The files as the last look found them, where they have changed: two files are not written at one moment.
        var changedMarks: [FileMark] = []
    }

    /// Path of the certificate with its chain, the leaf first.
    public let certificatePath: String
    /// Path of the private key.
    public let keyPath: String
    private let protocols: [String]
    private let state: Lock<State>

    /// Reads both files. Throws where one of them cannot be used, naming it and the reason.
    public init(
        certificatePath: String, keyPath: String,
        versions: Set<ListenerSettings.HTTPVersion> = Set(ListenerSettings.HTTPVersion.allCases)
    ) throws(ServerError) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        // In the order of preference.
        protocols = [ListenerSettings.HTTPVersion.http2, .http1].filter(versions.contains).map(\.rawValue)
        let marks = [FileMark(certificatePath), FileMark(keyPath)]
        let context = try Self.read(certificatePath, keyPath, protocols)
        state = Lock(State(context: context, marks: marks))
    }

    /// What a new connection is given.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Reads the files again where they have changed and were found so by the last call as well. A pair that cannot be
    /// used is told once, and again whenever one of its files has changed. Any thread but an event loop's: it reads
    /// files.
    /// - Parameter atOnce: somebody says that the files are as they are meant to be.
    public func reload(atOnce: Bool) -> Reload {
        let marks = [FileMark(certificatePath), FileMark(keyPath)]
        let hasChanged = state.withLock { state in
            defer { state.changedMarks = marks }
            if state.marks == marks { return false }
            return atOnce || state.changedMarks == marks && state.failedMarks != marks
        }
        guard hasChanged else { return .unchanged }
        do throws(ServerError) {
            let context = try Self.read(certificatePath, keyPath, protocols)
            state.withLock { $0 = State(context: context, marks: marks) }
            return .replaced
        } catch {
            state.withLock { $0.failedMarks = marks }
            return .failed(error)
        }
    }

    private static func read(
        _ certificatePath: String, _ keyPath: String, _ protocols: [String]
    ) throws(ServerError) -> NIOSSLContext {
        let chain = try attempt("The certificate", certificatePath) {
            try NIOSSLCertificate.fromPEMFile(certificatePath)
        }
        guard !chain.isEmpty else { throw failure("The certificate", certificatePath, "it holds no certificate", nil) }
        let key = try attempt("The key", keyPath) { try NIOSSLPrivateKey(file: keyPath, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = protocols
        return try attempt("The key", keyPath, matching: certificatePath) {
            try NIOSSLContext(configuration: configuration)
        }
    }

    private static func attempt<Value>(
        _ what: String, _ path: String, matching other: String? = nil, _ body: () throws -> Value
    ) throws(ServerError) -> Value {
        do {
            return try body()
        } catch let error as IOError {
            throw failure(what, path, String(cString: strerror(error.errnoCode)), error)
        } catch {
            throw failure(what, path, reason(error, other), error)
        }
    }

    /// Once both have been read, all that can be wrong is that they do not belong together.
    private static func reason(_ error: any Error, _ other: String?) -> String {
        if let other { return "it does not belong to the certificate `\(other)`" }
        switch error as? NIOSSLError {
        case .failedToLoadCertificate: return "it holds no certificate in PEM"
        case .failedToLoadPrivateKey: return "it holds no private key in PEM"
        default: return "it cannot be read"
        }
    }

    private static func failure(_ what: String, _ path: String, _ reason: String, _ cause: (any Error)?) -> ServerError
    {
        ServerError(code: .certificate, message: "\(what) `\(path)` cannot be used: \(reason).", cause: cause)
    }
}

/// What tells one content of a file from the next.
private struct FileMark: Equatable, Sendable {
    private var device: UInt64 = 0
    private var inode: UInt64 = 0
    private var size: Int = -1
    private var seconds = 0
    private var nanoseconds = 0

    init(_ path: String) {
        var information = stat()
        guard stat(path, &information) == 0 else { return }
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
        size = Int(information.st_size)
        seconds = information.st_mtim.tv_sec
        nanoseconds = information.st_mtim.tv_nsec
    }
}
