//! Gantry's kit for modules in Rust: the interface without raw pointers. Needs the standard library and nothing else,
//! and rustc 1.63 or later.
//!
//! A module implements [`Module`] and is exported by `gantry::module!(Name);`, once, at the root of a `cdylib`. No
//! panic leaves the module: each function that the host calls catches what unwinds, logs it and answers a failure.
//!
//! What the kit does not cover is reached through [`gantry`], the interface itself.

#[path = "../gantry.rs"]
pub mod gantry;

mod call;
mod database;
mod error;
mod export;
mod json;
mod services;
mod settings;
mod state;

pub use call::{Clock, Event, Host, Job, Log, Request, Response};
pub use database::{Database, Events, Jobs, Row, Transaction, Value};
pub use error::{Error, Outcome};
pub use export::{enter, Loaded};
pub use json::{quote, Json};
pub use services::Services;
pub use settings::Settings;
pub use state::{Handover, State};

/// Handles one request; what it fails with is answered in the module's error shape.
pub type Operation<M> = (&'static str, fn(&M, &Request<'_>) -> Outcome<Response>);
/// Receives one event; what it fails with is tried again later.
pub type Subscription<M> = (&'static str, fn(&M, &Event<'_>) -> Outcome<()>);
/// Runs one job; what it fails with is tried again later.
pub type Runner<M> = (&'static str, fn(&M, &Job<'_>) -> Outcome<()>);

/// Serves calls of other modules by values, in the order and of the types that the signature declares; the same text as
/// under `services.exports`. What it fails with is its caller's failure.
pub type Service<M> = (&'static str, fn(&M, &gantry::gantry_call_v1, &[Value]) -> Outcome<Value>);

/// One tenant's instance of a module. Requests of one instance overlap if the manifest says `entry: concurrent`.
pub trait Module: Send + Sync + Sized + 'static {
    /// Equal to `id` in `module.yaml`.
    const ID: &'static str;
    /// Equal to `version` in `module.yaml`.
    const VERSION: &'static str;
    /// By operation id of the contract.
    const OPERATIONS: &'static [Operation<Self>];
    /// By `handler` under `events.subscribes`.
    const SUBSCRIPTIONS: &'static [Subscription<Self>] = &[];
    /// By name under `jobs`.
    const JOBS: &'static [Runner<Self>] = &[];
    /// By signature under `services.exports`; `Value::Null` is the result of one that gives nothing back.
    const SERVICES: &'static [Service<Self>] = &[];
    /// How an instance hands over what it holds in memory, when the tenant is moved to another version.
    const STATE: Option<Handover<Self>> = None;

    /// Makes the instance for one tenant; `configuration` is a JSON object that fits the manifest's schema.
    fn create(host: &Host<'_>, configuration: &str) -> Outcome<Self>;
}

/// Exports the module: its note in the library's file, and the one function that the host looks for.
#[macro_export]
macro_rules! module {
    ($module:ty) => {
        #[used]
        #[link_section = ".note.gantry"]
        static GANTRY_NOTE: $crate::gantry::gantry_note_v1 =
            $crate::gantry::note($crate::gantry::GANTRY_RUNTIME_NONE);

        /// What the host calls after loading the library.
        ///
        /// # Safety
        /// Called by the host as the interface says.
        #[no_mangle]
        pub unsafe extern "C" fn gantry_entry_v1(
            _host: *const $crate::gantry::gantry_host_v1,
            out_module: *mut $crate::gantry::gantry_module_v1,
        ) -> i32 {
            $crate::enter::<$module>(out_module)
        }
    };
}
