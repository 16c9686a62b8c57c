/// One thing that every module must keep to.
package struct Check: Sendable {
    /// Its name on the command line.
    package let name: String
    /// What is done to the module, in a sentence.
    package let action: String
    /// What it holds the module to, in a sentence.
    package let promise: String
    /// The rules of `Documentation/ABI.md` that it follows from.
    package let rules: [Int]
    /// Why the check does not concern a module; nil where it does.
    let skips: @Sendable (Subject) throws -> String?
    let run: @Sendable (Subject) throws -> Void

    init(
        _ name: String, rules: [Int], does action: String, expects promise: String,
        skips: @escaping @Sendable (Subject) throws -> String? = { _ in nil },
        run: @escaping @Sendable (Subject) throws -> Void
    ) {
        self.name = name
        self.rules = rules
        self.action = action
        self.promise = promise
        self.skips = skips
        self.run = run
    }

    /// All checks, in the order in which they are run.
    package static let all = alone + underFire + together

    private static let alone = [
        Check(
            "file", rules: [1, 2, 3, 5, 12], does: "The library's file was read, without loading it.",
            expects: "the file exports one function, carries the note, and can be loaded anywhere",
            run: FileCheck.run),
        Check(
            "describe", rules: [23, 26], does: "The library was entered, and `describe` called 100 times.",
            expects: "describe is pure, fast, and agrees with module.yaml", run: describe),
        Check(
            "revisions", rules: [5, 9, 10, 13],
            does: "The module was asked for tables that nobody has, and met hosts that lack one table, or all.",
            expects: "what is not there is an answer, not a crash", run: revisions),
        Check(
            "answers", rules: [17, 18, 22],
            does: "Each operation, event and job was called 20 times with values that fit the contract.",
            expects: "what fits the contract is answered, and not with 500", run: answers),
        Check(
            "life", rules: [22, 26], does: "1300 instances were created, started, quiesced, stopped and destroyed.",
            expects: "1000 instances come and go without growth", run: life),
        Check(
            "order", rules: [16, 26],
            does: "Instances were ended before they were started, right after it, and while calls were under way.",
            expects: "an instance can be ended at any time in the order of the life cycle", run: order),
        Check(
            "quiesce", rules: [26, 27], does: "An instance that had been called was quiesced and stopped.",
            expects: "an instance ends in time and leaves no thread behind", run: quiesce),
        Check(
            "state", rules: [28],
            does:
                "What an instance held was handed to the next generation, and so were other versions and broken bytes.",
            expects: "the next generation takes over what it can read, and nothing else", run: state),
        Check(
            "growth", rules: [22], does: "The same calls were made over and over, and the memory in use measured.",
            expects: "a request leaves no memory behind", run: growth),
    ]

    private static let underFire = [
        Check(
            "denied", rules: [13], does: "Each capability in turn was denied, and everything called.",
            expects: "a capability that is not granted is an error, not a crash", run: denied),
        Check(
            "host-fails", rules: [17, 22, 23],
            does: "At the first, second, third, … call of the host, in `create` and in each operation, event and job, "
                + "the host answered a failure instead: busy, denied, stale, cancelled and others.",
            expects: "every function of the host may fail at any time", run: hostFails),
        Check(
            "cancelled", rules: [15], does: "Everything was called with calls that were cancelled already.",
            expects: "a cancelled call ends soon", run: cancelled),
        Check(
            "cancelled-anywhere", rules: [14, 15, 17],
            does: "The client left at the first, second, third, … call of the host in each operation.",
            expects: "a client may leave at any moment", run: cancelledAnywhere),
        Check(
            "client-leaves", rules: [14, 17],
            does: "The client left as soon as the module's function had returned.",
            expects: "an answer that comes too late does no harm", run: clientLeaves),
        Check(
            "killed", rules: [29, 30],
            does: "The module's process was killed at the first, the middle or the last call of the host in each "
                + "operation, event and job; then a new one went on with its data.",
            expects: "a kill at any moment leaves data that the next process can go on with", run: killed),
        Check(
            "repeated", rules: [16], does: "Bodies of transactions were run three times, events and jobs repeated.",
            expects: "transactions, events and jobs may be run again", run: repeated),
        Check(
            "slow-reader", rules: [20], does: "A client took seven bytes at a time.",
            expects: "a client that reads slowly gets all of a stream", run: slowReader),
        Check(
            "bodies", rules: [22], does: "Odd and large bodies were sent where the contract has a body.",
            expects: "large and odd bodies are answered", run: bodies),
        Check(
            "fuzz", rules: [17, 23], does: "Random calls were made in random order, some with a failing host.",
            expects: "random calls in random order are answered", run: fuzz),
    ]

    private static let together = [
        Check(
            "tenants", rules: [13, 15], does: "Two tenants' instances were called in turn.",
            expects: "two tenants' instances do not meet", run: tenants),
        Check(
            "leak", rules: [13, 15],
            does: "One tenant wrote marked data through every operation; then everything was read as another tenant.",
            expects: "nothing of one tenant reaches another", run: leak),
        Check(
            "generations", rules: [27, 28], does: "Two copies of the library were loaded and called in turn.",
            expects: "two builds live side by side", run: generations),
        Check(
            "threads", rules: [18, 19], does: "Everything was called on new threads, and together where it may be.",
            expects: "the host may call on any thread", run: anyThread),
    ]
}
