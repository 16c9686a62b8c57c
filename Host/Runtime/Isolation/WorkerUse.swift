import GantryLoader

/// One instance's hold on its worker, which ends with the last one.
final class WorkerUse: Sendable {
    private let post: WorkerPost
    private let worker: WorkerProcess

    init(_ post: WorkerPost, _ worker: WorkerProcess) {
        self.post = post
        self.worker = worker
    }

    deinit { post.release(worker) }
}
