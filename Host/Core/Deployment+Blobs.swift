extension Deployment {
    /// Where the bytes of modules' blobs lie, and how much of them.
    public struct Blobs: Sendable, Equatable {
        /// Where bytes are kept.
        public enum Driver: String, Sendable, CaseIterable {
            /// In the data folder.
            case local
            /// In a bucket that is spoken to as Amazon S3 is.
            case s3
        }

        /// A bucket.
        public struct Bucket: Sendable, Equatable {
            /// Scheme and host, where the bucket's name is the first segment of the path; empty while nothing is said.
            public var endpoint = ""
            /// What clients reach it by, if not by the endpoint; empty for that.
            public var publicEndpoint = ""
            /// Region in signatures.
            public var region = "us-east-1"
            /// Its name.
            public var name = ""
            /// Put in front of all objects' names; empty or ends with `/`.
            public var prefix = ""
            /// Who signs.
            public var accessKey = ""
            /// File with the secret; nil where the environment has it.
            public var secretFile: String?
            /// Milliseconds that the bucket has for one answer.
            public var timeoutMilliseconds: Int64 = 30_000
            /// How often a request is tried again that failed for no fault of its own.
            public var retries = 3

            /// Nothing said.
            public init() {}
        }

        /// Where bytes are kept.
        public var driver = Driver.local
        /// Origin in front of the addresses that the host serves; nil for the one that the caller came by.
        public var publicURL: String?
        /// File with the key of those addresses; nil where the environment has it.
        public var signingSecretFile: String?
        /// Bytes of one blob.
        public var blobBytes: Int64 = 5 << 30
        /// Bytes of all blobs of one module of one tenant.
        public var totalBytes: Int64 = 10 << 30
        /// Where `driver` is `s3`.
        public var bucket = Bucket()

        /// The defaults.
        public init() {}

        /// With what the process's environment says instead; secrets are read where they are needed.
        public func with(environment: [String: String]) throws(UnreadableSetting) -> Blobs {
            var blobs = self
            func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
            func origin(_ name: String) throws(UnreadableSetting) -> String? {
                guard let address = text(name) else { return nil }
                guard let origin = Self.origin(address) else { throw UnreadableSetting(name, Self.originRule) }
                return origin
            }
            if let name = text("STORAGE_DRIVER") {
                guard let driver = Driver(rawValue: name) else {
                    throw UnreadableSetting("STORAGE_DRIVER", "`local` or `s3` is needed")
                }
                blobs.driver = driver
            }
            blobs.publicURL = try origin("STORAGE_PUBLIC_BASE_URL") ?? publicURL
            blobs.bucket.endpoint = try origin("S3_ENDPOINT") ?? bucket.endpoint
            blobs.bucket.region = text("S3_REGION") ?? bucket.region
            blobs.bucket.name = text("S3_BUCKET") ?? bucket.name
            blobs.bucket.accessKey = text("S3_ACCESS_KEY_ID") ?? bucket.accessKey
            return blobs
        }

        static let originRule = "an address like `https://files.example` is needed, without path and query"

        /// Scheme and host of an address; nil for anything else.
        static func origin(_ text: String) -> String? {
            let lower = text.lowercased()
            guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else { return nil }
            var host = text.dropFirst(scheme.count)
            if host.hasSuffix("/") { host = host.dropLast() }
            let isHost = host.utf8.allSatisfy { byte in
                byte > 0x20 && byte < 0x7F && !"/?#@\\\"".utf8.contains(byte)
            }
            return isHost && !host.isEmpty ? scheme + host : nil
        }
    }
}

extension Deployment.Blobs {
    /// Bytes in the setting's range: up to 16 TiB.
    private static let byteRange = 1...1 << 44

    init(_ place: YAMLReader) throws {
        try place.allow(["driver", "public-url", "signing-secret-file", "blob-bytes", "total-bytes", "s3"])
        driver = try place.optional("driver")?.choice(Driver.self) ?? driver
        publicURL = try place.optional("public-url").map(Self.origin)
        signingSecretFile = try place.optional("signing-secret-file")?.string()
        blobBytes = try place.optional("blob-bytes").map { Int64(try $0.integer(Self.byteRange)) } ?? blobBytes
        totalBytes = try place.optional("total-bytes").map { Int64(try $0.integer(Self.byteRange)) } ?? totalBytes
        if let bucket = place.optional("s3") { self.bucket = try Bucket(bucket) }
    }

    fileprivate static func origin(_ place: YAMLReader) throws -> String {
        guard let origin = origin(try place.string()) else { throw place.error("Here \(originRule).") }
        return origin
    }
}

extension Deployment.Blobs.Bucket {
    init(_ place: YAMLReader) throws {
        try place.allow([
            "endpoint", "public-endpoint", "region", "bucket", "prefix", "access-key-id", "secret-access-key-file",
            "timeout", "retries",
        ])
        endpoint = try place.optional("endpoint").map(Deployment.Blobs.origin) ?? endpoint
        publicEndpoint = try place.optional("public-endpoint").map(Deployment.Blobs.origin) ?? publicEndpoint
        region = try place.optional("region")?.string() ?? region
        name = try place.optional("bucket")?.string() ?? name
        if let prefix = place.optional("prefix") {
            self.prefix = try prefix.string()
            guard self.prefix.isEmpty || (self.prefix.hasSuffix("/") && !self.prefix.hasPrefix("/")) else {
                throw prefix.error("A prefix ends with `/` and does not begin with one.")
            }
        }
        accessKey = try place.optional("access-key-id")?.string() ?? accessKey
        secretFile = try place.optional("secret-access-key-file")?.string()
        if let timeout = place.optional("timeout") {
            guard let milliseconds = DurationText.milliseconds(try timeout.string()),
                (100...600_000).contains(milliseconds)
            else { throw timeout.error("A length of time from `100ms` to `10m` is needed.") }
            timeoutMilliseconds = milliseconds
        }
        retries = try place.optional("retries")?.integer(0...10) ?? retries
    }
}
