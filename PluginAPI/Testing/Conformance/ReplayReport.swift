import GantryJSON
import GantryKitTesting
import Glibc

/// What the command says of a recording that is played.
enum ReplayReport {
    /// Plays the recording that the options name; the exit code.
    static func run(_ options: CheckOptions) -> Int32 {
        do {
            let bundle = try TestBundle(options.bundle)
            let recording = try RecordingReader(options.recording ?? "")
            guard recording.module == bundle.id else {
                throw TestFailure("the recording is of `\(recording.module)`, the bundle of `\(bundle.id)`")
            }
            let library = options.library ?? "\(options.bundle)/\(bundle.library)"
            let (calls, differences) = try Replay(recording).run(library)
            if options.isJSON {
                print(json(recording, bundle, calls, differences))
            } else {
                tell(recording, bundle, calls, differences)
            }
            fflush(nil)
            return differences.isEmpty ? 0 : 1
        } catch {
            let bytes = Array("\(error)\n".utf8)
            _ = write(STDERR_FILENO, bytes, bytes.count)
            return 2
        }
    }

    private static func tell(
        _ recording: RecordingReader, _ bundle: TestBundle, _ calls: Int, _ differences: [Replay.Difference]
    ) {
        for difference in differences {
            print("DIFFERS   \(difference.call)")
            print("  recorded  \(difference.recorded)")
            print("  found     \(difference.found)")
        }
        print(
            "\(calls) calls of \(recording.module) \(recording.version) played to \(bundle.version): "
                + (differences.isEmpty ? "no difference" : "\(differences.count) differ"))
    }

    private static func json(
        _ recording: RecordingReader, _ bundle: TestBundle, _ calls: Int, _ differences: [Replay.Difference]
    ) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("module")
        writer.string(recording.module)
        writer.key("recordedVersion")
        writer.string(recording.version)
        writer.key("version")
        writer.string(bundle.version)
        writer.key("calls")
        writer.int(calls)
        writer.key("differences")
        writer.beginArray()
        for difference in differences {
            writer.beginObject()
            writer.key("call")
            writer.string(difference.call)
            writer.key("recorded")
            writer.string(difference.recorded)
            writer.key("found")
            writer.string(difference.found)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
