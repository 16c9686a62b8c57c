/// Why a bundle was refused, a library not loaded or an instance not started: one sentence that an operator can act on.
public struct LoaderError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for programs and tests.
    public enum Code: String, Sendable {
        case notFound
        case unreadable
        /// The bundle has no signature, where one is needed.
        case unsigned
        /// The bundle is not the one that was signed.
        case tampered
        /// `bundle.digests` is not of its form.
        case malformedDigests
        case notELF
        case wrongMachine
        case missingNote
        case repeatedNote
        case wrongInterface
        case wrongToolchain
        case missingEntry
        case unexpectedExport
        case forbiddenImport
        case textRelocations
        case executableStack
        case absoluteRunPath
        case writableCode
        case globalSymbols
        case missingLibrary
        case undefinedSymbol
        case hiddenTypes
        case typeClash
        case sideEffects
        case loadFailed
        /// So many builds of one module are in the process that it has to be started anew.
        case tooManyBuilds
        case entryFailed
        case missingTable
        case contradiction
        case createFailed
        case startFailed
        case stopFailed
    }

    /// What went wrong.
    public var code: Code
    /// The module concerned.
    public var module: String
    /// One or two sentences, for the operator.
    public var message: String

    /// Creates the error.
    public init(_ code: Code, module: String, _ message: String) {
        self.code = code
        self.module = module
        self.message = message
    }

    /// `module: message (code)`.
    public var description: String { "\(module): \(message) (\(code.rawValue))" }
}
