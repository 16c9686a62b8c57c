import GantryCore

extension ModuleInstance {
    /// What serves its addresses of transfers; nil where it has none.
    public var transfers: (any TransferServing)? { isGranted(.blobs) ? ports.services.transfers : nil }
}
