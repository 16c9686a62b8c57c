import GantryCore
import TestCommands
import Testing

@testable import GantryLoader

@Suite("Reading a library's file", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct ELFImageTests {
    @Test("finds what a good library says of itself")
    func readsGood() throws {
        let image = try ELFImage(Fixture("Good").library)
        #expect(image.exports.map(\.name) == ["gantry_entry_v1"])
        #expect(image.needed == ["libc.so.6"])
        #expect(image.runPaths.isEmpty)
        #expect(!image.hasExecutableStack && !image.hasTextRelocations)
        let note = try #require(image.gantryNotes.first.flatMap(ModuleNote.init(descriptor:)))
        #expect(image.gantryNotes.count == 1)
        #expect(note.interface == 1...1 && note.runtime == .none && !note.toolchain.isEmpty)
    }

    @Test("both kinds of symbol hash tell the same exports", arguments: ["sysv", "gnu", "both"])
    func readsHashes(style: String) throws {
        let image = try ELFImage(
            Fixture("UnexpectedExport", flags: ["-Wl,--hash-style=\(style)"], showsAll: true).library)
        #expect(Set(image.exports.map(\.name)) == ["gantry_entry_v1", "helper_left_open"])
    }

    @Test("a library cut off anywhere answers or throws")
    func survivesTruncation() throws {
        let good = try Fixture("Good").library
        let manifest = try Fixture("Good").bundle.manifest
        for count in stride(from: 0, to: good.count, by: good.count > 20000 ? 97 : 13) {
            inspect(Array(good[..<count]), manifest)
        }
        for count in 0..<2048 { inspect(Array(good[..<min(count, good.count)]), manifest) }
    }

    @Test("ten thousand libraries with flipped bits and exchanged words answer or throw")
    func survivesMutation() throws {
        let fixture = try Fixture("Good")
        let good = fixture.library
        var generator = SplitMix(state: 0x6761_6e74_7279)
        var accepted = 0
        for _ in 0..<10_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, &generator) }
            if inspect(bytes, fixture.bundle.manifest) { accepted += 1 }
        }
        // Most flips hit code or padding, which says nothing; some must hit what is read.
        #expect(accepted < 10_000)
    }

    /// Every second change lands in the headers, where a change is felt.
    private func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix) {
        let isHeader = Bool.random(using: &generator)
        let index = Int.random(in: 0..<(isHeader ? min(1024, bytes.count) : bytes.count), using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        default:
            let words: [UInt64] = [0, 1, 0x7fff_ffff, 0xffff_ffff, 1 << 62, .max, .max - 7, UInt64(bytes.count)]
            let word = words[Int.random(in: 0..<words.count, using: &generator)]
            for offset in 0..<8 where index + offset < bytes.count {
                bytes[index + offset] = UInt8(truncatingIfNeeded: word >> UInt64(offset * 8))
            }
        }
    }

    /// True when it is accepted; a trap would end the test process.
    @discardableResult
    private func inspect(_ bytes: [UInt8], _ manifest: Manifest) -> Bool {
        do {
            _ = try BundleInspector(manifest: manifest).inspect(bytes)
            return true
        } catch {
            #expect(error is LoaderError)
            return false
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
