import Glibc

/// Standard output of commands that take their time.
enum CommandOutput {
    /// Prints a line and sees to it that it is seen at once, also through a pipe.
    static func line(_ text: String) {
        print(text)
        fflush(nil)
    }
}
