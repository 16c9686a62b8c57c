import AnomalyDetection
import Glibc

/// A session of a public record, with the readings that an importer makes of it.
struct RecordedSession {
    var identifier: String
    var energy: Double
    var minutes: Double
    var readings: [Reading]

    /// The session with its energies multiplied and its times moved.
    func changed(factor: Double, days: Int64) -> [Reading] {
        readings.map { reading in
            var reading = reading
            reading.value *= factor
            reading.timestampMilliseconds += days * 86_400_000
            return reading
        }
    }
}

/// Public records of charging sessions that may lie beside the repository.
enum RecordedSessions {
    /// The folder of the records; nil where there is none.
    static func folder(_ name: String) -> String? {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(3)
        let path = "/" + parts.joined(separator: "/") + "/../shared/data/" + name
        return access(path, R_OK) == 0 ? path : nil
    }

    /// The lines of all compressed files of a folder, each with the file's name.
    static func lines(_ name: String) -> [(file: String, lines: [Substring])] {
        guard let folder = folder(name), let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let file = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if file.hasSuffix(".csv.gz") { files.append(file) }
        }
        return files.sorted().map { file in
            (file, decompressed(folder + "/" + file).split { $0.isNewline })
        }
    }

    /// The text of a compressed file, as gzip gives it.
    private static func decompressed(_ path: String) -> String {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return "" }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        let words: [String] = ["gzip", "-dc", path]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, "/usr/bin/gzip", &actions, nil, &arguments, nil)
        close(ends[1])
        defer { close(ends[0]) }
        guard status == 0 else { return "" }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        waitpid(process, nil, 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The fields of a line of comma-separated values.
    static func fields(_ line: Substring) -> [Substring] {
        var fields: [Substring] = []
        var start = line.startIndex
        var isQuoted = false
        for index in line.indices {
            if line[index] == "\"" { isQuoted.toggle() }
            if line[index] == ",", !isQuoted {
                fields.append(line[start..<index])
                start = line.index(after: index)
            }
        }
        fields.append(line[start...])
        return fields
    }

    /// Days from 1970 to a day of the Gregorian calendar.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let century = shifted / 400
        let yearOfCentury = shifted - century * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return century * 146_097 + yearOfCentury * 365 + yearOfCentury / 4 - yearOfCentury / 100 + dayOfYear - 719_468
    }
}
