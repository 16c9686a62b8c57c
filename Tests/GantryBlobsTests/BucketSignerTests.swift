import Testing

@testable import GantryBlobs

@Suite("Signatures for buckets")
struct BucketSignerTests {
    // The examples of the documentation of AWS Signature Version 4, with its made-up credential.
    private let signer = BucketSigner(
        region: "us-east-1", accessKey: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    /// 2013-05-24T00:00:00Z.
    private let time: Int64 = 1_369_353_600_000
    private let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test("A signed request is the one of the documentation")
    func header() {
        let subject = BucketSigner.Subject(
            method: "GET", path: "/test.txt",
            headers: [
                ("host", "examplebucket.s3.amazonaws.com"), ("range", "bytes=0-9"), ("x-amz-content-sha256", nothing),
                ("x-amz-date", "20130524T000000Z"),
            ])
        #expect(
            signer.authorization(subject, payloadHash: nothing, at: time)
                .hasSuffix("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))
    }

    @Test("A signed address is the one of the documentation")
    func query() {
        let subject = BucketSigner.Subject(
            method: "GET", path: "/test.txt", headers: [("host", "examplebucket.s3.amazonaws.com")])
        #expect(
            signer.query(subject, seconds: 86400, at: time)
                .hasSuffix("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
    }

    @Test(
        "Times are written in UTC",
        arguments: [
            (0, "19700101T000000Z"), (1_772_362_800_999, "20260301T110000Z"), (1_709_164_799_000, "20240228T235959Z"),
            (1_709_164_800_000, "20240229T000000Z"), (4_107_542_399_000, "21000228T235959Z"),
            (4_107_542_400_000, "21000301T000000Z"),
        ] as [(Int64, String)])
    func times(milliseconds: Int64, text: String) {
        #expect(BucketTime(milliseconds).text == text)
    }
}
