/// Where the bytes of blobs lie: a folder of this machine, or a bucket. A file is written once, under a name that the
/// store makes up. All functions may wait; any thread may call them.
protocol BlobPlace: Sendable {
    /// Whether what is begun must be noted in the index first, since nothing else would find it again after a crash.
    var needsIntent: Bool { get }
    /// Makes what is missing.
    func prepare() throws(BlobError)
    /// Files that were written and perhaps never committed.
    func leftovers() -> [String]
    /// Begins a file.
    func create(_ file: String, contentType: String) throws(BlobError) -> any BlobSink
    /// A committed file goes to where it stays.
    func settle(_ file: String)
    /// Opens a file; nil when there is none of the name.
    func open(_ file: String, size: Int64) throws(BlobError) -> (any BlobSource)?
    /// Removes a file as soon as nobody reads it; one that is not there is removed. False: it has to be tried again.
    func remove(_ file: String) -> Bool
}

/// A file that is being written. One thread at a time.
protocol BlobSink: AnyObject, Sendable {
    /// Adds bytes to the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws(BlobError)
    /// Makes bytes and name durable.
    func sync() throws(BlobError)
    /// Ends the writing; what was not synced may be lost.
    func close()
}

/// A file that is open for reading. Any thread.
protocol BlobSource: AnyObject, Sendable {
    /// Reads from an offset as much as there is room for; less only at the end.
    func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(BlobError) -> Int
}
