use crate::error::Outcome;

/// What one generation of a module hands to the next; `version` says how it is written, and is the module's to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub version: u32,
    pub bytes: Vec<u8>,
}

/// The two ends of a handover. What it moves lives in memory alone and would be missed: a crash loses it.
pub struct Handover<M> {
    /// What the instance holds; `None` for nothing. Called when no call is under way any more.
    pub export: fn(&M) -> Outcome<Option<State>>,
    /// Takes over what another generation held, before the first call. `false`: the instance does not know how it is
    /// written and begins without it. A failure ends the move.
    pub import: fn(&M, &State) -> Outcome<bool>,
}
