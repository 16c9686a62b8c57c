//! The interface between Gantry and its modules, for modules in Rust.
//! Written by PluginAPI/Generator/generate.py --write; never edit it by hand.
//!
//! What a declaration means stands in the header of C from which it was made, and in `Documentation/ABI.md`.
//! Include the file at the root of the crate: `#[path = "…/PluginAPI/Rust/gantry.rs"] mod gantry;`. Build a `cdylib`
//! with `panic = "abort"`, or catch unwinding in every function that the host calls. Export `gantry_entry_v1`, the only
//! name that such a library then exports, and write the note with `gantry_note!(gantry::GANTRY_RUNTIME_NONE)`.
//! An old rustc, such as 1.63, needs `-C link-arg=-Wl,--no-gc-sections` too: its linker would drop the note.

#![allow(non_camel_case_types, dead_code)]

use core::ffi::c_void;

pub const GANTRY_INTERFACE_MINIMUM: i32 = 1;
pub const GANTRY_INTERFACE_MAXIMUM: i32 = 1;
pub const GANTRY_BLOBS_ID: &[u8] = b"gantry.blobs";
pub const GANTRY_CACHE_ID: &[u8] = b"gantry.cache";
pub const GANTRY_DATABASE_ID: &[u8] = b"gantry.database";
pub const GANTRY_DIRECTORY_ID: &[u8] = b"gantry.directory";
pub const GANTRY_EVENTS_ID: &[u8] = b"gantry.events";
pub const GANTRY_SUBSCRIBER_ID: &[u8] = b"gantry.module.events";
pub const GANTRY_EXECUTOR_ID: &[u8] = b"gantry.executor";
pub const GANTRY_HTTP_ID: &[u8] = b"gantry.module.http";
pub const GANTRY_RESPONSE_ID: &[u8] = b"gantry.response";
pub const GANTRY_HTTP_CLIENT_ID: &[u8] = b"gantry.http_client";
pub const GANTRY_IDENTITY_ID: &[u8] = b"gantry.identity";
pub const GANTRY_JOBS_ID: &[u8] = b"gantry.jobs";
pub const GANTRY_RUNNER_ID: &[u8] = b"gantry.module.jobs";
pub const GANTRY_LIFECYCLE_ID: &[u8] = b"gantry.module.lifecycle";
pub const GANTRY_MAIL_ID: &[u8] = b"gantry.mail";
pub const GANTRY_METRICS_ID: &[u8] = b"gantry.metrics";
pub const GANTRY_NOTE_TYPE: i32 = 1;
pub const GANTRY_SERVICES_ID: &[u8] = b"gantry.services";
pub const GANTRY_EXPORTER_ID: &[u8] = b"gantry.module.services";
pub const GANTRY_SERVICE_PARAMETERS: i32 = 8;
pub const GANTRY_SETTINGS_ID: &[u8] = b"gantry.settings";
pub const GANTRY_STATE_ID: &[u8] = b"gantry.module.state";
pub const GANTRY_STREAM_ID: &[u8] = b"gantry.stream";
pub const GANTRY_LOG_ID: &[u8] = b"gantry.log";
pub const GANTRY_CLOCK_ID: &[u8] = b"gantry.clock";
pub const GANTRY_CALL_ID: &[u8] = b"gantry.call";
pub const GANTRY_TRACE_ID: &[u8] = b"gantry.trace";
pub const GANTRY_TRANSFERS_ID: &[u8] = b"gantry.transfers";
pub const GANTRY_WEBHOOKS_ID: &[u8] = b"gantry.webhooks";
pub const GANTRY_WEBSOCKET_ID: &[u8] = b"gantry.websocket";

// gantry_status_v1
pub const GANTRY_OK: i32 = 0;
/// the work goes on and completes later, exactly once
pub const GANTRY_PENDING: i32 = 1;
/// nothing is left; answered by a callback: enough, end successfully
pub const GANTRY_END: i32 = 2;
/// an argument breaks the function's contract
pub const GANTRY_E_INVALID: i32 = -1;
/// no such table or revision
pub const GANTRY_E_UNSUPPORTED: i32 = -2;
/// known, but not granted to this module for this tenant
pub const GANTRY_E_DENIED: i32 = -3;
/// the handle's call, transaction or instance is over
pub const GANTRY_E_STALE: i32 = -4;
/// the operation was completed before
pub const GANTRY_E_ALREADY: i32 = -5;
/// the caller left or the deadline passed
pub const GANTRY_E_CANCELLED: i32 = -6;
/// a constraint of the database refused the change
pub const GANTRY_E_CONFLICT: i32 = -7;
/// out of room for now; try again
pub const GANTRY_E_BUSY: i32 = -8;
/// called on a thread that the function's class forbids
pub const GANTRY_E_THREAD: i32 = -9;
/// larger than the host allows
pub const GANTRY_E_LIMIT: i32 = -10;
/// anything else; the error record says what
pub const GANTRY_E_FAILED: i32 = -11;
/// the disk, or this instance's share of it, has no room left
pub const GANTRY_E_FULL: i32 = -12;

// gantry_value_type_v1
pub const GANTRY_VALUE_NULL: i32 = 0;
pub const GANTRY_VALUE_INTEGER: i32 = 1;
pub const GANTRY_VALUE_REAL: i32 = 2;
pub const GANTRY_VALUE_TEXT: i32 = 3;
pub const GANTRY_VALUE_BLOB: i32 = 4;

// gantry_transaction_mode_v1
/// one consistent snapshot
pub const GANTRY_TRANSACTION_READ: i32 = 0;
/// durable when transact answers GANTRY_OK
pub const GANTRY_TRANSACTION_WRITE: i32 = 1;

// gantry_directory_refusal_v1
/// with GANTRY_E_DENIED: the caller belongs to no tenant
pub const GANTRY_DIRECTORY_TENANT_REQUIRED: i32 = 1;
/// with GANTRY_E_DENIED: only a user can do this
pub const GANTRY_DIRECTORY_USER_REQUIRED: i32 = 2;
/// with GANTRY_E_LIMIT: the tenant has as many good keys as it may
pub const GANTRY_DIRECTORY_KEY_LIMIT: i32 = 3;
/// with GANTRY_E_CONFLICT: the user belongs to a tenant by now
pub const GANTRY_DIRECTORY_BELONGS: i32 = 4;
/// with GANTRY_E_CONFLICT: nobody removes himself
pub const GANTRY_DIRECTORY_ONESELF: i32 = 5;
/// with GANTRY_E_CONFLICT: a tenant keeps at least one admin
pub const GANTRY_DIRECTORY_LAST_ADMIN: i32 = 6;
/// with GANTRY_E_DENIED: only a superadmin may do this
pub const GANTRY_DIRECTORY_ROLE: i32 = 7;
/// with GANTRY_E_CONFLICT: the address is a member's or invited
pub const GANTRY_DIRECTORY_EXISTS: i32 = 8;
/// with GANTRY_E_FAILED: the operator has set no modules for new tenants
pub const GANTRY_DIRECTORY_NOT_PROVISIONED: i32 = 9;

// gantry_node_kind_v1
pub const GANTRY_NODE_NULL: i32 = 0;
pub const GANTRY_NODE_FALSE: i32 = 1;
pub const GANTRY_NODE_TRUE: i32 = 2;
pub const GANTRY_NODE_NUMBER: i32 = 3;
pub const GANTRY_NODE_STRING: i32 = 4;
pub const GANTRY_NODE_ARRAY: i32 = 5;
pub const GANTRY_NODE_OBJECT: i32 = 6;

// gantry_node_flag_v1
/// the string holds escapes
pub const GANTRY_NODE_ESCAPED: i32 = 1;
/// the number is written without fraction and exponent
pub const GANTRY_NODE_INTEGER: i32 = 2;
/// this string is the name of a member; its value follows
pub const GANTRY_NODE_NAME: i32 = 4;

// gantry_principal_kind_v1
pub const GANTRY_PRINCIPAL_NONE: i32 = 0;
pub const GANTRY_PRINCIPAL_USER: i32 = 1;
pub const GANTRY_PRINCIPAL_KEY: i32 = 2;
/// a token that this module issued for this tenant
pub const GANTRY_PRINCIPAL_TOKEN: i32 = 3;

// gantry_location_v1
pub const GANTRY_LOCATION_BODY: i32 = 0;
pub const GANTRY_LOCATION_QUERY: i32 = 1;
pub const GANTRY_LOCATION_HEADER: i32 = 2;

// gantry_mail_fault_v1
/// with GANTRY_E_INVALID: `to` or `reply_to` is no address
pub const GANTRY_MAIL_ADDRESS: i32 = 1;
/// with GANTRY_E_INVALID: no such template, or it lacks a variable
pub const GANTRY_MAIL_TEMPLATE: i32 = 2;
/// with GANTRY_E_LIMIT: the finished mail is larger than 256 KiB
pub const GANTRY_MAIL_TOO_LARGE: i32 = 3;
/// with GANTRY_E_LIMIT: as many mails of the instance wait as may
pub const GANTRY_MAIL_WAITING: i32 = 4;

// gantry_runtime_v1
/// needs no language runtime of the host's: C, C++, Rust
pub const GANTRY_RUNTIME_NONE: i32 = 0;
/// Swift on the host's own runtime: exact toolchain of the host
pub const GANTRY_RUNTIME_SHARED: i32 = 1;
/// Swift with a runtime of its own (-static-stdlib)
pub const GANTRY_RUNTIME_HERMETIC: i32 = 2;

// gantry_stream_event_v1
/// `read` has bytes or knows the end
pub const GANTRY_STREAM_READABLE: i32 = 1;
/// `write` takes bytes again
pub const GANTRY_STREAM_WRITABLE: i32 = 2;
/// the call is over; the last time that the function is called
pub const GANTRY_STREAM_CLOSED: i32 = 4;

// gantry_log_level_v1
pub const GANTRY_LOG_DEBUG: i32 = 0;
pub const GANTRY_LOG_INFO: i32 = 1;
pub const GANTRY_LOG_WARNING: i32 = 2;
pub const GANTRY_LOG_ERROR: i32 = 3;

// gantry_transfer_fault_v1
/// with GANTRY_E_FAILED: the operator has yet to set the storage up
pub const GANTRY_TRANSFER_NOT_CONFIGURED: i32 = 1;
/// with GANTRY_E_FAILED: the storage refused, failed or did not answer
pub const GANTRY_TRANSFER_STORAGE: i32 = 2;

// gantry_transfer_state_v1
/// no bytes have arrived
pub const GANTRY_TRANSFER_MISSING: i32 = 0;
/// another number of bytes had arrived; they are thrown away
pub const GANTRY_TRANSFER_MISMATCH: i32 = 1;
/// the blob is there, now or since an earlier call
pub const GANTRY_TRANSFER_COMPLETE: i32 = 2;

// gantry_webhook_fault_v1
/// with GANTRY_E_DENIED: not https, or it leads to where it must not
pub const GANTRY_WEBHOOK_URL_NOT_ALLOWED: i32 = 1;
/// with GANTRY_E_INVALID: a type that cannot be subscribed to
pub const GANTRY_WEBHOOK_EVENT_UNKNOWN: i32 = 2;

// gantry_webhook_member_v1
pub const GANTRY_WEBHOOK_URL: i32 = 1;
pub const GANTRY_WEBHOOK_EVENTS: i32 = 2;
pub const GANTRY_WEBHOOK_DESCRIPTION: i32 = 4;
/// takes the description away
pub const GANTRY_WEBHOOK_NO_DESCRIPTION: i32 = 8;
pub const GANTRY_WEBHOOK_ON: i32 = 16;
pub const GANTRY_WEBHOOK_OFF: i32 = 32;

// gantry_webhook_delivery_state_v1
/// waits, is under way or will be tried again
pub const GANTRY_WEBHOOK_PENDING: i32 = 0;
pub const GANTRY_WEBHOOK_SUCCEEDED: i32 = 1;
pub const GANTRY_WEBHOOK_FAILED: i32 = 2;

// gantry_socket_event_v1
/// a message of UTF-8 text
pub const GANTRY_SOCKET_TEXT: i32 = 1;
/// a message of bytes
pub const GANTRY_SOCKET_BINARY: i32 = 2;
/// `send` takes messages again; once after each GANTRY_E_BUSY
pub const GANTRY_SOCKET_WRITABLE: i32 = 3;
/// the end; the last time that the function is called
pub const GANTRY_SOCKET_CLOSED: i32 = 4;

/// Completes something that answered GANTRY_PENDING: called exactly once, on a thread of the host's choosing, perhaps
/// before the function that answered GANTRY_PENDING has returned. It must not wait. `error` is the host's, borrowed, and
/// empty on success. The answer is ignored.
pub type gantry_completion_fn_v1 = unsafe extern "C" fn(context: *mut c_void, status: i32,
    error: *const gantry_error_v1) -> i32;

/// Takes bytes or text that are borrowed until it returns.
pub type gantry_bytes_fn_v1 = unsafe extern "C" fn(context: *mut c_void, bytes: gantry_str_v1) -> i32;

pub type gantry_entry_fn_v1 = unsafe extern "C" fn(host: *const gantry_host_v1,
    out_module: *mut gantry_module_v1) -> i32;

/// Takes one blob's description, borrowed until it returns. GANTRY_END: enough.
pub type gantry_blob_fn_v1 = unsafe extern "C" fn(context: *mut c_void, blob: *const gantry_blob_v1) -> i32;

/// The body of a transaction. It calls nothing but gantry.database, and gantry.events and gantry.jobs with this
/// transaction. It may be run again from the start (several writers share one commit), so it keeps its results in
/// `context` and begins by resetting them. Any status but GANTRY_OK undoes its changes and becomes transact's answer.
pub type gantry_transaction_fn_v1 = unsafe extern "C" fn(context: *mut c_void, transaction: u64) -> i32;

/// One row; columns are borrowed until it returns. GANTRY_END: enough, the statement ends successfully; any other status
/// but GANTRY_OK ends the statement with that status.
pub type gantry_row_fn_v1 = unsafe extern "C" fn(context: *mut c_void, columns: *const gantry_value_v1,
    column_count: u64) -> i32;

/// Takes a key that is borrowed until it returns. GANTRY_END: enough.
pub type gantry_key_fn_v1 = unsafe extern "C" fn(context: *mut c_void, key: *const gantry_key_v1) -> i32;

/// Takes an organization that is borrowed until it returns.
pub type gantry_organization_fn_v1 = unsafe extern "C" fn(context: *mut c_void,
    organization: *const gantry_organization_v1) -> i32;

/// Takes a member who is borrowed until it returns. GANTRY_END: enough.
pub type gantry_member_fn_v1 = unsafe extern "C" fn(context: *mut c_void, member: *const gantry_member_v1) -> i32;

/// Takes an invitation that is borrowed until it returns. GANTRY_END: enough.
pub type gantry_invitation_fn_v1 = unsafe extern "C" fn(context: *mut c_void,
    invitation: *const gantry_invitation_v1) -> i32;

/// One piece of work. The answer is ignored.
pub type gantry_work_fn_v1 = unsafe extern "C" fn(context: *mut c_void) -> i32;

/// Takes a principal that is borrowed until it returns.
pub type gantry_principal_fn_v1 = unsafe extern "C" fn(context: *mut c_void,
    principal: *const gantry_principal_v1) -> i32;

/// Takes a token that is borrowed until it returns.
pub type gantry_token_fn_v1 = unsafe extern "C" fn(context: *mut c_void, token: *const gantry_token_v1) -> i32;

/// Takes one finding of a module's check; borrowed until it returns.
pub type gantry_finding_fn_v1 = unsafe extern "C" fn(context: *mut c_void, finding: *const gantry_finding_v1) -> i32;

/// Takes the outcome, exactly once. `response` is NULL unless `status` is GANTRY_OK; a status of HTTP is never a failure
/// here. GANTRY_E_DENIED: host or address is not allowed; GANTRY_E_CANCELLED: out of time or taken back; GANTRY_E_LIMIT:
/// the body is too large; GANTRY_E_FAILED: no connection, no valid answer. Borrowed until it returns.
pub type gantry_outbound_fn_v1 = unsafe extern "C" fn(context: *mut c_void, status: i32,
    response: *const gantry_outbound_response_v1, error: *const gantry_error_v1) -> i32;

/// Stands for a function of the declared type; cast to it before the call. Compilers let this type be cast to any.
pub type gantry_service_fn_v1 = unsafe extern "C" fn();

/// Takes the result of a service as a value: i64 and bool as GANTRY_VALUE_INTEGER, f64 as GANTRY_VALUE_REAL, string as
/// GANTRY_VALUE_TEXT, bytes as GANTRY_VALUE_BLOB. Borrowed until it returns.
pub type gantry_service_result_fn_v1 = unsafe extern "C" fn(context: *mut c_void,
    result: *const gantry_value_v1) -> i32;

/// Takes the state, at most 64 MiB, borrowed until it returns. `version` says how it is written; the module counts.
pub type gantry_state_fn_v1 = unsafe extern "C" fn(context: *mut c_void, version: u32, state: gantry_str_v1) -> i32;

/// Told what has changed: a sum of gantry_stream_event_v1. READABLE and WRITABLE follow a GANTRY_E_BUSY of `read` or
/// `write`, once each; CLOSED comes exactly once to everybody who watches, also after `finish` and `reset`, and
/// never while a call to this table for the same stream is on the stack. Called on a thread of the host's choosing, one
/// call at a time; it must not wait.
pub type gantry_wake_fn_v1 = unsafe extern "C" fn(context: *mut c_void, events: u32) -> i32;

/// Takes a webhook that is borrowed until it returns. GANTRY_END: enough.
pub type gantry_webhook_fn_v1 = unsafe extern "C" fn(context: *mut c_void, webhook: *const gantry_webhook_v1) -> i32;

/// Takes a delivery that is borrowed until it returns. GANTRY_END: enough.
pub type gantry_webhook_delivery_fn_v1 = unsafe extern "C" fn(context: *mut c_void,
    delivery: *const gantry_webhook_delivery_v1) -> i32;

/// Told what happens on one socket, in order and one call at a time. `event` is one gantry_socket_event_v1; `data` is
/// the message, or the reason of CLOSED; `code` is 0, or the close code of CLOSED: 1005 for none, 1006 for a connection
/// that broke off. GANTRY_OK takes a message. GANTRY_E_BUSY leaves it untaken: it comes again after `resume`, and
/// nothing is read from the client meanwhile. Any other answer closes the socket with 1011. The answer to WRITABLE and
/// CLOSED is ignored. CLOSED comes exactly once, never while a call to this table for the same socket is on the stack;
/// what the client sent before its own close comes before it.
///
/// Called on the threads of the route: of `inline` on an event loop, of `async` on a thread for short work, where it
/// must not wait; of `blocking` on a thread that may wait. Never beside another entry of an instance that is entered
/// serially.
pub type gantry_socket_fn_v1 = unsafe extern "C" fn(context: *mut c_void, event: u32, code: u32,
    data: gantry_str_v1) -> i32;

/// Borrowed UTF-8 text or bytes. `data` may be NULL when `size` is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_str_v1 {
    pub data: *const u8,
    pub size: u64,
}

/// A name with a value: a header, a query parameter, a log field.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_field_v1 {
    pub name: gantry_str_v1,
    pub value: gantry_str_v1,
}

/// Detail of a failure, supplied by the caller; a callee fills it only when it answers a failure.
/// `message` is a buffer of the caller's with room for `message_capacity` bytes; `message_size` is what was written.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_error_v1 {
    /// finer reason, by table; 0 when there is none
    pub code: i32,
    pub message_capacity: u32,
    pub message_size: u32,
    pub reserved: u32,
    pub message: *mut u8,
}

/// The explicit context of everything that happens. `call` and `instance` are generational handles: 64 bits of index,
/// generation and kind, never pointers. A stale one answers GANTRY_E_STALE. The struct may be copied; the handle in it
/// dies when the call completes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_call_v1 {
    pub call: u64,
    pub instance: u64,
    pub tenant: gantry_str_v1,
    /// CLOCK_MONOTONIC; 0 when there is none
    pub deadline_nanoseconds: i64,
    /// W3C trace context; all 0 when not traced
    pub trace_id_high: u64,
    pub trace_id_low: u64,
    pub span_id: u64,
}

/// How either side finds the other's tables. `query` answers GANTRY_OK with a complete, constant table that lives as
/// long as the process, GANTRY_E_UNSUPPORTED, or GANTRY_E_DENIED. `scope` is passed back as it was received.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_host_v1 {
    pub scope: u64,
    pub query: unsafe extern "C" fn(scope: u64, id: gantry_str_v1, revision: u32, out_table: *mut *const c_void) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_module_v1 {
    pub module: *mut c_void,
    pub query: unsafe extern "C" fn(module: *mut c_void, id: gantry_str_v1, revision: u32,
        out_table: *mut *const c_void) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_blob_v1 {
    pub key: gantry_str_v1,
    pub content_type: gantry_str_v1,
    /// bytes
    pub size: u64,
    /// since 1970-01-01T00:00:00Z
    pub created_milliseconds: i64,
    pub sha256: [u8; 32],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_blobs_v1 {
    /// Stores a blob, also over one of the same key; durable on GANTRY_OK. GANTRY_E_LIMIT: too large.
    pub put: unsafe extern "C" fn(call: *const gantry_call_v1, key: gantry_str_v1, content_type: gantry_str_v1,
        bytes: gantry_str_v1, error: *mut gantry_error_v1) -> i32,
    /// Begins a blob that is written piece by piece. The writer is discarded when the call ends before `commit`.
    pub create: unsafe extern "C" fn(call: *const gantry_call_v1, key: gantry_str_v1, content_type: gantry_str_v1,
        out_writer: *mut u64, error: *mut gantry_error_v1) -> i32,
    /// Adds bytes to the end.
    pub append: unsafe extern "C" fn(call: *const gantry_call_v1, writer: u64, bytes: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Makes the blob visible and durable and tells its description; the writer is over.
    pub commit: unsafe extern "C" fn(call: *const gantry_call_v1, writer: u64, on_blob: Option<gantry_blob_fn_v1>,
        context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Forgets what was written; the writer is over.
    pub discard: unsafe extern "C" fn(call: *const gantry_call_v1, writer: u64) -> i32,
    /// Opens a blob for reading and tells its description; GANTRY_END when there is none of that key. The reader is
    /// closed when the call ends. `out_reader` may be NULL: only the description is wanted.
    pub open: unsafe extern "C" fn(call: *const gantry_call_v1, key: gantry_str_v1, out_reader: *mut u64,
        on_blob: Option<gantry_blob_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Reads at most `capacity` bytes from `offset`; GANTRY_END behind the last one.
    pub read: unsafe extern "C" fn(call: *const gantry_call_v1, reader: u64, offset: u64, out_bytes: *mut u8,
        capacity: u64, out_size: *mut u64, error: *mut gantry_error_v1) -> i32,
    /// Ends a reader; GANTRY_E_STALE when it was closed before.
    pub close: unsafe extern "C" fn(call: *const gantry_call_v1, reader: u64) -> i32,
    /// Removes a blob; GANTRY_END when there is none of that key. Durable on GANTRY_OK.
    pub remove: unsafe extern "C" fn(call: *const gantry_call_v1, key: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Tells of at most `limit` blobs whose key begins with `prefix` and sorts behind `after`, in the order of bytes.
    pub list: unsafe extern "C" fn(call: *const gantry_call_v1, prefix: gantry_str_v1, after: gantry_str_v1,
        limit: u64, on_blob: Option<gantry_blob_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_cache_v1 {
    /// Hands the value to `on_value` before returning; GANTRY_END when there is none.
    pub get: unsafe extern "C" fn(call: *const gantry_call_v1, key: gantry_str_v1,
        on_value: Option<gantry_bytes_fn_v1>, context: *mut c_void) -> i32,
    /// Keeps a value for at most `lifetime_milliseconds`; 0 for as long as there is room. Keys: 1 to 512 bytes.
    pub set: unsafe extern "C" fn(call: *const gantry_call_v1, key: gantry_str_v1, value: gantry_str_v1,
        lifetime_milliseconds: i64) -> i32,
    /// GANTRY_END when there was none.
    pub remove: unsafe extern "C" fn(call: *const gantry_call_v1, key: gantry_str_v1) -> i32,
    /// Adds to a counter in one step and tells its new value. One that does not exist begins at 0 and gets the lifetime.
    /// GANTRY_E_INVALID when the key holds a value that `set` put there, or when the sum does not fit.
    pub add: unsafe extern "C" fn(call: *const gantry_call_v1, key: gantry_str_v1, amount: i64,
        lifetime_milliseconds: i64, out_value: *mut i64) -> i32,
}

/// A parameter or a column. Only the member that `type` names has a meaning.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_value_v1 {
    /// gantry_value_type_v1
    pub r#type: i32,
    pub reserved: i32,
    pub integer: i64,
    pub real: f64,
    pub bytes: gantry_str_v1,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_database_v1 {
    /// Runs `body` in a transaction and returns when it is durable or undone. The body may run on another thread while
    /// the caller waits.
    pub transact: unsafe extern "C" fn(call: *const gantry_call_v1, mode: u32, body: Option<gantry_transaction_fn_v1>,
        context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// As `transact` without waiting: answers GANTRY_PENDING, runs `body` on another thread and then calls `done` with
    /// what transact would have answered. Both contexts belong to the module until `done` is called. After any other
    /// answer neither is called. Holds no thread while the transaction waits for its turn or for the disk.
    pub submit: unsafe extern "C" fn(call: *const gantry_call_v1, mode: u32, body: Option<gantry_transaction_fn_v1>,
        context: *mut c_void, done: Option<gantry_completion_fn_v1>, done_context: *mut c_void,
        error: *mut gantry_error_v1) -> i32,
    /// Runs one statement inside a transaction. Placeholders are `$1`, `$2`, …. `on_row` may be NULL; `out_changes`
    /// (rows inserted, updated or deleted) may be NULL. Transaction control, pragmas, ATTACH and functions that reach
    /// outside are refused with GANTRY_E_DENIED, a broken constraint answers GANTRY_E_CONFLICT.
    pub execute: unsafe extern "C" fn(call: *const gantry_call_v1, transaction: u64, sql: gantry_str_v1,
        parameters: *const gantry_value_v1, parameter_count: u64, on_row: Option<gantry_row_fn_v1>,
        context: *mut c_void, out_changes: *mut u64, error: *mut gantry_error_v1) -> i32,
}

/// The key that a module asks for. It acts as a `user`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_key_order_v1 {
    /// at most 400 bytes
    pub name: gantry_str_v1,
    /// at most 4096 bytes
    pub description: gantry_str_v1,
    /// 0: it has no end
    pub lifetime_seconds: i64,
    /// good keys that the tenant may have, this one included; 0: any number
    pub limit: u32,
    pub reserved: u32,
}

/// An API key as it is listed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_key_v1 {
    /// a UUID
    pub id: gantry_str_v1,
    pub name: gantry_str_v1,
    pub description: gantry_str_v1,
    /// from `issue_key` the key itself, shown this once and kept nowhere; else empty
    pub text: gantry_str_v1,
    pub created_milliseconds: i64,
    pub expires_milliseconds: i64,
    /// lags by up to a minute
    pub used_milliseconds: i64,
    pub revoked_milliseconds: i64,
}

/// What an organization says of itself.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_organization_order_v1 {
    /// 1 to 1024 bytes; of the others at most 4096
    pub name: gantry_str_v1,
    pub phone: gantry_str_v1,
    pub address: gantry_str_v1,
    /// in the module's own words
    pub tax_kind: gantry_str_v1,
    pub tax_number: gantry_str_v1,
}

/// The organization of a tenant.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_organization_v1 {
    pub id: gantry_str_v1,
    pub tenant: gantry_str_v1,
    pub name: gantry_str_v1,
    pub phone: gantry_str_v1,
    pub address: gantry_str_v1,
    pub tax_kind: gantry_str_v1,
    pub tax_number: gantry_str_v1,
    pub created_milliseconds: i64,
    pub updated_milliseconds: i64,
}

/// A person of the tenant: somebody who was given a place, or has come with a token that names the tenant.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_member_v1 {
    /// the user's id, as in gantry_principal_v1
    pub user: gantry_str_v1,
    /// empty where no token of the user has told it
    pub email: gantry_str_v1,
    /// `user`, `admin` or `superadmin`
    pub role: gantry_str_v1,
    pub joined_milliseconds: i64,
}

/// The invitation that a module asks for.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_invitation_order_v1 {
    /// at most 254 bytes
    pub email: gantry_str_v1,
    /// `user`, `admin` or `superadmin`
    pub role: gantry_str_v1,
    /// 1 to 31536000
    pub lifetime_seconds: i64,
}

/// An invitation that is open.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_invitation_v1 {
    /// a UUID
    pub id: gantry_str_v1,
    pub email: gantry_str_v1,
    pub role: gantry_str_v1,
    /// the id of the user; empty for the operator
    pub invited_by: gantry_str_v1,
    /// from `invite` what the invited person is to show, kept nowhere; else empty
    pub text: gantry_str_v1,
    pub invited_milliseconds: i64,
    pub expires_milliseconds: i64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_directory_v1 {
    /// Issues a key and tells of it; with KEY_LIMIT none, also when several are asked for at the same moment.
    pub issue_key: unsafe extern "C" fn(call: *const gantry_call_v1, order: *const gantry_key_order_v1,
        on_key: Option<gantry_key_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Tells of all keys, those that have ended too, newest first.
    pub keys: unsafe extern "C" fn(call: *const gantry_call_v1, on_key: Option<gantry_key_fn_v1>, context: *mut c_void,
        error: *mut gantry_error_v1) -> i32,
    /// Ends a key at once, and leaves one alone that has ended; GANTRY_END when there is none of the id.
    pub revoke_key: unsafe extern "C" fn(call: *const gantry_call_v1, id: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Tells of the organization; GANTRY_END when there is none.
    pub organization: unsafe extern "C" fn(call: *const gantry_call_v1,
        on_organization: Option<gantry_organization_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Creates or replaces the organization and tells of it. For a user who belongs to no tenant it makes one, with the
    /// modules that the operator has set for that, this organization, and the user as its first admin: all of it or
    /// nothing. The tokens that the user holds stand for that tenant from then on. Of two such calls at one moment one
    /// gets BELONGS.
    pub set_organization: unsafe extern "C" fn(call: *const gantry_call_v1, order: *const gantry_organization_order_v1,
        on_organization: Option<gantry_organization_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Tells of all members in the order of joining.
    pub members: unsafe extern "C" fn(call: *const gantry_call_v1, on_member: Option<gantry_member_fn_v1>,
        context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Tells of one member; GANTRY_END when the user is none.
    pub member: unsafe extern "C" fn(call: *const gantry_call_v1, user: gantry_str_v1,
        on_member: Option<gantry_member_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Removes a member: whatever tokens the person holds stand for no tenant from then on. Refused for oneself, for the
    /// last admin, and for a superadmin unless the caller is one. GANTRY_END when the user is no member.
    pub remove_member: unsafe extern "C" fn(call: *const gantry_call_v1, user: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Tells of all open invitations in their order.
    pub invitations: unsafe extern "C" fn(call: *const gantry_call_v1, on_invitation: Option<gantry_invitation_fn_v1>,
        context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Invites somebody and tells of it. Sending the text to the person is the module's part.
    pub invite: unsafe extern "C" fn(call: *const gantry_call_v1, order: *const gantry_invitation_order_v1,
        on_invitation: Option<gantry_invitation_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Takes an invitation back; GANTRY_END when there is none of the id.
    pub withdraw_invitation: unsafe extern "C" fn(call: *const gantry_call_v1, id: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Gives the calling user, who belongs to no tenant, the place that the invitation with this text promises, and
    /// tells of it; GANTRY_END when no open invitation has that text.
    pub accept_invitation: unsafe extern "C" fn(call: *const gantry_call_v1, text: gantry_str_v1,
        on_member: Option<gantry_member_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
}

/// One value. In an object each member is a name node followed by its value's nodes. When a name occurs twice the last
/// member counts. `next` is the index of the node behind this value's whole subtree.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_node_v1 {
    /// of the value's first byte; of a string, the byte behind the opening quote
    pub offset: u32,
    /// in bytes; of a string without quotes and still escaped, of a container with brackets
    pub length: u32,
    pub next: u32,
    /// elements of an array, members of an object, otherwise 0
    pub count: u32,
    /// gantry_node_kind_v1
    pub kind: u8,
    /// gantry_node_flag_v1
    pub flags: u8,
    pub reserved: u16,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_document_v1 {
    pub bytes: gantry_str_v1,
    /// the first one is the root
    pub nodes: *const gantry_node_v1,
    pub node_count: u64,
}

/// A CloudEvent, as delivered. Borrowed until `deliver` returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_event_v1 {
    /// position in the description's list
    pub subscription: u32,
    /// counted from 1
    pub attempt: u32,
    pub id: gantry_str_v1,
    /// id of the module that published it
    pub source: gantry_str_v1,
    pub r#type: gantry_str_v1,
    /// ordering key; empty when there is none
    pub key: gantry_str_v1,
    pub time_milliseconds: i64,
    pub data: gantry_document_v1,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_events_v1 {
    /// Publishes with the transaction. `type` must stand under `events.publishes` of the manifest, `data` is a JSON
    /// object of at most 256 KiB. The event's id is written to `out_id` (36 bytes) unless it is NULL.
    pub publish: unsafe extern "C" fn(call: *const gantry_call_v1, transaction: u64, r#type: gantry_str_v1,
        key: gantry_str_v1, data: gantry_str_v1, out_id: *mut u8, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_subscriber_v1 {
    /// GANTRY_OK: done. Anything else: tried again later with backoff, then put among the dead letters.
    pub deliver: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1,
        event: *const gantry_event_v1, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_executor_v1 {
    /// Runs short work soon, on a thread of the host's: it must not wait. Of an instance that is entered serially, it
    /// never runs beside another entry. Pieces may overtake each other.
    pub submit: unsafe extern "C" fn(call: *const gantry_call_v1, work: Option<gantry_work_fn_v1>,
        context: *mut c_void) -> i32,
    /// Runs work that may wait, beside everything else, also of an instance that is entered serially: it must not touch
    /// the instance's state. GANTRY_E_BUSY when too much of it is queued.
    pub submit_blocking: unsafe extern "C" fn(call: *const gantry_call_v1, work: Option<gantry_work_fn_v1>,
        context: *mut c_void) -> i32,
    /// As `submit`, after at least `delay_nanoseconds`. Timers that wait when the instance quiesces fire at once.
    pub submit_after: unsafe extern "C" fn(call: *const gantry_call_v1, delay_nanoseconds: i64,
        work: Option<gantry_work_fn_v1>, context: *mut c_void, out_timer: *mut u64) -> i32,
    /// GANTRY_OK: the work will not run. GANTRY_E_ALREADY or GANTRY_E_STALE: it has run, runs, or was taken back.
    pub cancel: unsafe extern "C" fn(call: *const gantry_call_v1, timer: u64) -> i32,
}

/// Who is calling, as the host verified it. A module never sees a credential.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_principal_v1 {
    /// gantry_principal_kind_v1
    pub kind: u32,
    pub reserved: u32,
    /// user id, id of the key, or the subject of the module's token; empty for none
    pub subject: gantry_str_v1,
    /// `user`, `admin` or `superadmin` in the host's words, or the token's; empty for none
    pub role: gantry_str_v1,
    /// id of the module's token; empty for every other kind
    pub token: gantry_str_v1,
    /// JSON object that the module put into its token; empty for every other kind
    pub claims: gantry_str_v1,
}

/// The token that a module asks for. `kind` and `role` must stand under `issues` of its manifest.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_token_order_v1 {
    pub kind: gantry_str_v1,
    /// 1 to 256 bytes
    pub subject: gantry_str_v1,
    pub role: gantry_str_v1,
    /// JSON object of at most 4 KiB, or empty
    pub claims: gantry_str_v1,
    /// at least 1; more than the manifest allows is refused, not cut
    pub lifetime_seconds: i64,
}

/// A minted token. `text` is the credential: it is shown once and not kept by the host in readable form.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_token_v1 {
    pub id: gantry_str_v1,
    pub text: gantry_str_v1,
    /// since 1970-01-01T00:00:00Z
    pub expires_milliseconds: i64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_identity_v1 {
    /// Who made the request of `call`, also after the handler has returned; kind NONE for events, jobs and the rest.
    pub principal: unsafe extern "C" fn(call: *const gantry_call_v1, on_principal: Option<gantry_principal_fn_v1>,
        context: *mut c_void) -> i32,
    /// Mints a token for the tenant of `call` and hands it to `on_token` before returning. Durable then.
    pub mint: unsafe extern "C" fn(call: *const gantry_call_v1, order: *const gantry_token_order_v1,
        on_token: Option<gantry_token_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Verifies a token of this module and tenant, such as one received in a body. GANTRY_E_DENIED for every other one,
    /// expired and revoked ones among them, without saying which.
    pub verify: unsafe extern "C" fn(call: *const gantry_call_v1, text: gantry_str_v1,
        on_principal: Option<gantry_principal_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Revokes one token by its id; GANTRY_END when there is no such token. Holds from the next request on.
    pub revoke: unsafe extern "C" fn(call: *const gantry_call_v1, id: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Revokes all tokens of one kind for a subject, and says how many there were.
    pub revoke_subject: unsafe extern "C" fn(call: *const gantry_call_v1, kind: gantry_str_v1, subject: gantry_str_v1,
        out_count: *mut u64, error: *mut gantry_error_v1) -> i32,
}

/// Everything in it is borrowed until the handler returns; a handler that completes later copies what it needs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_request_v1 {
    /// position in the description's list
    pub operation: u32,
    pub path_parameter_count: u32,
    pub query_count: u32,
    pub header_count: u32,
    pub method: gantry_str_v1,
    /// as received, without the query
    pub path: gantry_str_v1,
    pub request_id: gantry_str_v1,
    /// decoded, in the order of the template
    pub path_parameters: *const gantry_str_v1,
    /// decoded, in the order of the request
    pub query: *const gantry_field_v1,
    /// names in lower case; credentials are left out
    pub headers: *const gantry_field_v1,
    pub principal: *const gantry_principal_v1,
    pub body: gantry_str_v1,
    /// NULL unless the body is JSON
    pub document: *const gantry_document_v1,
}

/// One thing that is wrong with a request. `path` is dotted, like `meterValues.3.timestamp`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_finding_v1 {
    /// gantry_location_v1
    pub location: u32,
    pub reserved: u32,
    pub path: gantry_str_v1,
    pub code: gantry_str_v1,
    pub message: gantry_str_v1,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_http_v1 {
    /// Handles one request. GANTRY_OK: it was answered through gantry.response before returning. GANTRY_PENDING: it
    /// will be, exactly once, from any thread. A failure: the host answers 500 in the module's error shape.
    /// Runs on the thread class that the manifest states for the route: `inline` and `async` on an event loop (never
    /// block; `async` answers GANTRY_PENDING), `blocking` on a pool thread. Two calls of one instance overlap only if
    /// the manifest says so; the `async` routes of one that is entered serially begin on a pool thread.
    pub handle: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1,
        request: *const gantry_request_v1) -> i32,
    /// Checks what a schema cannot say. Called before `handle`, also when the contract already has findings, for the
    /// operations whose manifest entry says `check: true`; both lists become one 422. Must not block. A failure is
    /// answered like one of `handle`; `error` goes to the log.
    pub check: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1,
        request: *const gantry_request_v1, known: *const gantry_finding_v1, known_count: u64,
        report: Option<gantry_finding_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_response_v1 {
    /// Answers the call with a whole response; the host copies what it is given. The host adds its own headers. Larger
    /// bodies and bodies that come into being over time go through gantry.stream. GANTRY_E_ALREADY when the call was
    /// answered before, GANTRY_E_STALE when it is over.
    pub send: unsafe extern "C" fn(call: *const gantry_call_v1, http_status: u32, content_type: gantry_str_v1,
        headers: *const gantry_field_v1, header_count: u64, body: gantry_str_v1) -> i32,
    /// Answers with a failure, rendered by the host in the module's error shape. `reason` is the machine-readable
    /// reason, `message` a sentence for people, `details` a JSON object of further facts or empty.
    pub fail: unsafe extern "C" fn(call: *const gantry_call_v1, http_status: u32, reason: gantry_str_v1,
        message: gantry_str_v1, details: gantry_str_v1) -> i32,
    /// As `fail` with 422 and a list of findings, merged and rendered like those of the contract check.
    pub refuse: unsafe extern "C" fn(call: *const gantry_call_v1, findings: *const gantry_finding_v1,
        finding_count: u64) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_outbound_request_v1 {
    pub method: gantry_str_v1,
    /// absolute, http or https
    pub url: gantry_str_v1,
    pub headers: *const gantry_field_v1,
    pub header_count: u64,
    pub body: gantry_str_v1,
    /// for everything; 0 for 30 seconds. The deadline of the call holds as well.
    pub timeout_milliseconds: i64,
    /// bytes of the body that are taken; 0 for 1 MiB. More is GANTRY_E_LIMIT.
    pub response_limit: u64,
    /// redirects that are followed; each must lead to an allowed host
    pub redirect_limit: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_outbound_response_v1 {
    pub http_status: u32,
    pub reserved: u32,
    /// the last one, after redirects
    pub url: gantry_str_v1,
    /// names in lower case
    pub headers: *const gantry_field_v1,
    pub header_count: u64,
    /// empty where the body went to a function piece by piece
    pub body: gantry_str_v1,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_http_client_v1 {
    /// Sends the request and waits; `on_response` is called before it returns, on this thread.
    pub perform: unsafe extern "C" fn(call: *const gantry_call_v1, request: *const gantry_outbound_request_v1,
        on_response: Option<gantry_outbound_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Sends the request without waiting: GANTRY_PENDING, and `on_response` follows on a thread of the host's, where it
    /// must not wait. `out_exchange` names the exchange until then.
    pub submit: unsafe extern "C" fn(call: *const gantry_call_v1, request: *const gantry_outbound_request_v1,
        on_response: Option<gantry_outbound_fn_v1>, context: *mut c_void, out_exchange: *mut u64,
        error: *mut gantry_error_v1) -> i32,
    /// As `submit`, and the body goes to `on_chunk` piece by piece as it arrives. GANTRY_OK takes the next one,
    /// GANTRY_E_BUSY leaves this one untaken and pauses until `resume`; anything else ends the exchange with that
    /// status.
    pub stream: unsafe extern "C" fn(call: *const gantry_call_v1, request: *const gantry_outbound_request_v1,
        on_chunk: Option<gantry_bytes_fn_v1>, chunk_context: *mut c_void, on_response: Option<gantry_outbound_fn_v1>,
        context: *mut c_void, out_exchange: *mut u64, error: *mut gantry_error_v1) -> i32,
    /// Hands the untaken piece to `on_chunk` again. GANTRY_E_STALE when the exchange is over.
    pub resume: unsafe extern "C" fn(call: *const gantry_call_v1, exchange: u64) -> i32,
    /// Takes the request back; `on_response` is told GANTRY_E_CANCELLED. GANTRY_E_STALE when the exchange is over.
    pub cancel: unsafe extern "C" fn(call: *const gantry_call_v1, exchange: u64) -> i32,
}

/// A job as it is run. Borrowed until `run` returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_job_v1 {
    /// position in the description's list
    pub job: u32,
    /// counted from 1; a run cut off by a crash counts
    pub attempt: u32,
    pub id: gantry_str_v1,
    pub payload: gantry_document_v1,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_jobs_v1 {
    /// Queues a job with the transaction: it exists exactly when the transaction is committed. `name` must stand under
    /// `jobs` of the manifest; `payload` is a JSON object; `not_before_milliseconds` is wall-clock time, 0 for at once.
    /// Jobs of one name and one `key` run one after the other in the order of their queueing; an empty key orders
    /// nothing.
    pub enqueue: unsafe extern "C" fn(call: *const gantry_call_v1, transaction: u64, name: gantry_str_v1,
        key: gantry_str_v1, payload: gantry_str_v1, not_before_milliseconds: i64, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_runner_v1 {
    /// GANTRY_OK: done. Anything else: tried again later with backoff, then marked failed.
    pub run: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1, job: *const gantry_job_v1,
        error: *mut gantry_error_v1) -> i32,
}

/// What the library implements, compared with the manifest before any instance is created; a contradiction is an
/// error that names both sides. A position in a list is the number by which the host later names the entry.
/// Lives as long as the process.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_description_v1 {
    pub id: gantry_str_v1,
    pub version: gantry_str_v1,
    /// operation ids of the contract that it handles
    pub operations: *const gantry_str_v1,
    pub operation_count: u64,
    /// names of its event handlers
    pub subscriptions: *const gantry_str_v1,
    pub subscription_count: u64,
    /// names of its job handlers
    pub jobs: *const gantry_str_v1,
    pub job_count: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_lifecycle_v1 {
    /// Pure and fast: no call into the host, the same answer every time.
    pub describe: unsafe extern "C" fn(module: *mut c_void, out_description: *mut *const gantry_description_v1) -> i32,
    /// Makes the instance for the tenant of `call`. `host` is the instance's own scope for queries: tables that this
    /// tenant did not grant answer GANTRY_E_DENIED. `configuration` is a JSON object, already checked against the
    /// manifest's schema. `host` and its tables live as long as the instance; `configuration` is borrowed.
    pub create: unsafe extern "C" fn(module: *mut c_void, call: *const gantry_call_v1, host: *const gantry_host_v1,
        configuration: gantry_str_v1, out_instance: *mut *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Migrations are applied; calls arrive after GANTRY_OK.
    pub start: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1,
        error: *mut gantry_error_v1) -> i32,
    /// No new call arrives any more; finish or cancel what is under way before the deadline of `call`.
    pub quiesce: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Nothing is under way any more.
    pub stop: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Frees the instance. The host never names it again.
    pub destroy: unsafe extern "C" fn(instance: *mut c_void) -> i32,
}

/// What is to be sent, to one person.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_mail_order_v1 {
    /// stands under `mail.templates` of the manifest
    pub template_name: gantry_str_v1,
    /// one address, `name@host.example`, at most 254 bytes
    pub to: gantry_str_v1,
    /// one address; empty for none
    pub reply_to: gantry_str_v1,
    /// id of the user on whose behalf it is sent; empty when unknown
    pub user: gantry_str_v1,
    /// JSON object; its members are texts, numbers, flags or null
    pub variables: gantry_str_v1,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_mail_v1 {
    /// Fills the template in and queues the mail with the transaction. Line ends and other control characters of a
    /// variable become spaces where it stands in the subject, and what is special in HTML is escaped where it stands in
    /// a template's HTML, so that nobody writes headers or markup through a variable.
    pub send: unsafe extern "C" fn(call: *const gantry_call_v1, transaction: u64, mail: *const gantry_mail_order_v1,
        error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_metrics_v1 {
    /// Adds to a counter; `amount` is finite and not negative.
    pub add: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1, labels: *const gantry_field_v1,
        label_count: u64, amount: f64) -> i32,
    /// Sets a gauge to a finite value.
    pub set: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1, labels: *const gantry_field_v1,
        label_count: u64, value: f64) -> i32,
    /// Records a finite value in a histogram, in seconds where it is a time.
    pub record: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1, labels: *const gantry_field_v1,
        label_count: u64, value: f64) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_note_v1 {
    pub name_size: u32,
    pub descriptor_size: u32,
    pub r#type: u32,
    pub name: [u8; 8],
    pub layout: u32,
    pub interface_minimum: u32,
    pub interface_maximum: u32,
    pub runtime: u32,
    pub toolchain: [u8; 160],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_services_v1 {
    /// Finds an imported service. `signature` is the declaration as the importing module was built with it; one that
    /// differs from the manifest's answers GANTRY_E_DENIED. The exporting module need not be there: its absence is what
    /// calls answer. The function lives as long as the process; a call whose handle is over answers GANTRY_E_STALE.
    pub find: unsafe extern "C" fn(call: *const gantry_call_v1, signature: gantry_str_v1,
        out_function: *mut Option<gantry_service_fn_v1>, error: *mut gantry_error_v1) -> i32,
    /// Calls an imported service by values, for those who have no function pointers of a type that they learn late.
    /// `on_result` is called exactly once before GANTRY_OK where the service has a result; NULL drops it. Such a
    /// call also says in `error` what kept it from being made.
    pub call: unsafe extern "C" fn(call: *const gantry_call_v1, signature: gantry_str_v1,
        arguments: *const gantry_value_v1, argument_count: u64, on_result: Option<gantry_service_result_fn_v1>,
        result_context: *mut c_void, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_exporter_v1 {
    /// The function behind an exported service, asked once after `describe`: GANTRY_E_UNSUPPORTED for one that is
    /// not exported. GANTRY_OK with NULL left in place means that the service is served by `call`.
    pub function: unsafe extern "C" fn(module: *mut c_void, signature: gantry_str_v1,
        out_function: *mut Option<gantry_service_fn_v1>) -> i32,
    /// Serves a call by values; NULL in the table of a module that gives a function for each service. `on_result` is to
    /// be called exactly once before GANTRY_OK where the service has a result. What it answers is passed on.
    pub call: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1, signature: gantry_str_v1,
        arguments: *const gantry_value_v1, argument_count: u64, on_result: Option<gantry_service_result_fn_v1>,
        result_context: *mut c_void, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_state_v1 {
    /// Hands what the instance holds to `take`, by one call before it returns. Called after quiesce and before stop,
    /// when no call is under way any more. GANTRY_OK without a call of `take`: there is nothing to hand over.
    pub export_state: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1,
        take: Option<gantry_state_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Takes over what another generation held. Called after start and before the first call. GANTRY_E_UNSUPPORTED: the
    /// instance does not know this version and begins without it. Any other failure ends the move, and the generation
    /// before is started again.
    pub import_state: unsafe extern "C" fn(instance: *mut c_void, call: *const gantry_call_v1, version: u32,
        state: gantry_str_v1, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_settings_v1 {
    /// The JSON object that `create` received. It changes only with a new instance.
    pub configuration: unsafe extern "C" fn(call: *const gantry_call_v1, on_value: Option<gantry_bytes_fn_v1>,
        context: *mut c_void) -> i32,
    /// A secret of this module and tenant, as it is now: ask each time, so that a rotated one is used at once, and never
    /// log it. `name` must stand under `secrets` of the manifest (else GANTRY_E_INVALID); GANTRY_END when an optional
    /// one has no value.
    pub secret: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1,
        on_value: Option<gantry_bytes_fn_v1>, context: *mut c_void) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_stream_v1 {
    /// Names the function that is woken. Once for a call, before anything else of this table; else GANTRY_E_ALREADY.
    pub watch: unsafe extern "C" fn(call: *const gantry_call_v1, wake: Option<gantry_wake_fn_v1>,
        context: *mut c_void) -> i32,
    /// Reads what has arrived of the request's body, at most `capacity` bytes. GANTRY_END when all was read,
    /// GANTRY_E_BUSY when nothing has arrived yet, GANTRY_E_LIMIT when the client sent more than the route allows.
    pub read: unsafe extern "C" fn(call: *const gantry_call_v1, out_bytes: *mut u8, capacity: u64,
        out_size: *mut u64) -> i32,
    /// Sends status and headers of the response. GANTRY_E_ALREADY when the call was answered or started before. From now
    /// on the call has no deadline: it lasts for as long as the client takes what is written.
    pub start: unsafe extern "C" fn(call: *const gantry_call_v1, http_status: u32, content_type: gantry_str_v1,
        headers: *const gantry_field_v1, header_count: u64) -> i32,
    /// Takes as much of `bytes` as there is credit for, and says how much. GANTRY_E_BUSY when that is nothing. What was
    /// taken is copied. The credit is a few chunks for each stream; it returns as the client reads.
    pub write: unsafe extern "C" fn(call: *const gantry_call_v1, bytes: gantry_str_v1, out_accepted: *mut u64) -> i32,
    /// Ends the response in order. The call is over.
    pub finish: unsafe extern "C" fn(call: *const gantry_call_v1) -> i32,
    /// Breaks the response off, so that the client sees that it is not whole. The call is over.
    pub reset: unsafe extern "C" fn(call: *const gantry_call_v1) -> i32,
    /// Waits until one of `events` (READABLE, WRITABLE) holds, for handlers that own a thread, and says which.
    /// GANTRY_E_CANCELLED once the call is over. Not together with `watch`.
    pub wait: unsafe extern "C" fn(call: *const gantry_call_v1, events: u32, out_events: *mut u32) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_log_v1 {
    /// One line in the host's log, with time, trace, tenant and module added. Never hand it secrets.
    pub write: unsafe extern "C" fn(call: *const gantry_call_v1, level: u32, message: gantry_str_v1,
        fields: *const gantry_field_v1, field_count: u64) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_clock_v1 {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now: unsafe extern "C" fn(call: *const gantry_call_v1, out_milliseconds: *mut i64) -> i32,
    /// Nanoseconds of a clock that never goes back; the one deadlines are given in.
    pub monotonic: unsafe extern "C" fn(call: *const gantry_call_v1, out_nanoseconds: *mut i64) -> i32,
    /// Random bytes from the operating system, fit for identifiers and keys.
    pub random: unsafe extern "C" fn(call: *const gantry_call_v1, out_bytes: *mut u8, size: u64) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_call_table_v1 {
    /// 1 once the client left, the deadline passed or the instance is quiescing; 0 otherwise.
    pub is_cancelled: unsafe extern "C" fn(call: *const gantry_call_v1, out_cancelled: *mut u8) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_trace_v1 {
    /// Begins a span below the one of `call`. `out_call` is a copy of `call` with the new span in it: what is done with
    /// it belongs to the span. A span that is not ended ends with the call.
    pub begin: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1,
        out_call: *mut gantry_call_v1) -> i32,
    /// Adds a fact to the span of `call`. Never hand it secrets.
    pub attribute: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1, value: gantry_str_v1) -> i32,
    /// Ends the span of `call`; `status` is GANTRY_OK or how it failed. GANTRY_E_STALE when it was ended before.
    pub end: unsafe extern "C" fn(call: *const gantry_call_v1, status: i32) -> i32,
    /// The header `traceparent` for a call to the outside: 55 bytes. The host's HTTP client adds it by itself.
    pub header: unsafe extern "C" fn(call: *const gantry_call_v1, out_text: *mut u8) -> i32,
}

/// What is announced.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_transfer_v1 {
    /// what the address shows: 1 to 64 letters, digits, dashes and underscores
    pub name: gantry_str_v1,
    /// of the blob; one that no other transfer has
    pub key: gantry_str_v1,
    /// what the client must send, parameters aside
    pub content_type: gantry_str_v1,
    /// what whoever fetches it is told to call it
    pub filename: gantry_str_v1,
    /// bytes, exactly; at least 1
    pub size: u64,
    /// after which it is dropped unless it is complete
    pub keep_seconds: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_transfers_v1 {
    /// Announces a transfer and tells the address that takes its bytes for so many seconds. Durable on GANTRY_OK.
    /// GANTRY_E_CONFLICT: name or key are taken. GANTRY_E_LIMIT: larger than a blob may be.
    pub announce: unsafe extern "C" fn(call: *const gantry_call_v1, transfer: *const gantry_transfer_v1, seconds: u64,
        on_address: Option<gantry_bytes_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Looks what has arrived, and makes it the blob when it is what was announced; durable on GANTRY_OK. GANTRY_END: no
    /// such transfer, or it was dropped or withdrawn. `out_state` is a gantry_transfer_state_v1.
    pub complete: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1, out_state: *mut u32,
        out_size: *mut u64, error: *mut gantry_error_v1) -> i32,
    /// Tells an address that hands out the bytes of a complete transfer as an attachment, to whoever has it, for so many
    /// seconds. GANTRY_END: there is no complete transfer of the name.
    pub address: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1, seconds: u64,
        on_address: Option<gantry_bytes_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Ends all addresses that the host serves, at once and durably; the bytes stay until `erase`. GANTRY_END: no such
    /// transfer, or it was withdrawn before.
    pub withdraw: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Forgets a transfer and erases its bytes, complete or not; durable on GANTRY_OK. GANTRY_END: there is none.
    pub erase: unsafe extern "C" fn(call: *const gantry_call_v1, name: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
}

/// A webhook as it is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_webhook_v1 {
    /// a UUID
    pub id: gantry_str_v1,
    pub url: gantry_str_v1,
    /// types, as they were given
    pub events: *const gantry_str_v1,
    pub event_count: u64,
    pub description: gantry_str_v1,
    /// `whsec_` and 256 bits in base64 from `create` and `rotate_secret`; else empty
    pub secret: gantry_str_v1,
    /// 0: there is none, which is not the same as an empty one
    pub has_description: u32,
    pub is_on: u32,
    /// deliveries in a row that failed for good
    pub failure_count: u64,
    /// since 1970-01-01T00:00:00Z; 0 while it is on
    pub disabled_milliseconds: i64,
    pub created_milliseconds: i64,
    /// last change by a caller or by being switched off
    pub updated_milliseconds: i64,
}

/// What became of one event on its way to one webhook.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_webhook_delivery_v1 {
    /// a UUID
    pub id: gantry_str_v1,
    pub event_type: gantry_str_v1,
    /// gantry_webhook_delivery_state_v1
    pub state: u32,
    /// of the last attempt; 0 when no answer came
    pub http_status: u32,
    /// attempts that are over
    pub attempt_count: u32,
    pub reserved: u32,
    pub created_milliseconds: i64,
    /// 0 while pending
    pub completed_milliseconds: i64,
}

/// What a webhook is to be.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_webhook_change_v1 {
    /// sum of gantry_webhook_member_v1
    pub members: u32,
    pub reserved: u32,
    /// https, without user and fragment, at most 2048 bytes
    pub url: gantry_str_v1,
    /// at most 2000 bytes
    pub description: gantry_str_v1,
    /// at least one; a set, whose order has no meaning
    pub events: *const gantry_str_v1,
    pub event_count: u64,
}

/// Everything that changes something is durable on GANTRY_OK. An `id` that names nothing answers GANTRY_END.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_webhooks_v1 {
    /// Whether a URL may be one of a webhook, as far as can be said without looking its host up: GANTRY_E_DENIED with
    /// GANTRY_WEBHOOK_URL_NOT_ALLOWED where it may not. `create` and `update` look closer.
    pub check: unsafe extern "C" fn(call: *const gantry_call_v1, url: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Tells of all webhooks, oldest first.
    pub list: unsafe extern "C" fn(call: *const gantry_call_v1, on_webhook: Option<gantry_webhook_fn_v1>,
        context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Tells of one, and then of at most `limit` of its deliveries, newest first. `on_delivery` may be NULL.
    pub read: unsafe extern "C" fn(call: *const gantry_call_v1, id: gantry_str_v1, limit: u64,
        on_webhook: Option<gantry_webhook_fn_v1>, context: *mut c_void,
        on_delivery: Option<gantry_webhook_delivery_fn_v1>, delivery_context: *mut c_void,
        error: *mut gantry_error_v1) -> i32,
    /// Makes one, which is on, and tells of it with its secret. `change` gives URL and events at least.
    /// GANTRY_E_LIMIT: the tenant has as many as the manifest allows. Looks the URL's host up, which takes some seconds
    /// at the most.
    pub create: unsafe extern "C" fn(call: *const gantry_call_v1, change: *const gantry_webhook_change_v1,
        on_webhook: Option<gantry_webhook_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Changes what is given and tells of the webhook as it is then; what it is already is no change. Switching one on
    /// forgets its failures; switching one off drops what waits for it and is announced.
    pub update: unsafe extern "C" fn(call: *const gantry_call_v1, id: gantry_str_v1,
        change: *const gantry_webhook_change_v1, on_webhook: Option<gantry_webhook_fn_v1>, context: *mut c_void,
        error: *mut gantry_error_v1) -> i32,
    /// Removes one with its deliveries; those that wait are dropped.
    pub remove: unsafe extern "C" fn(call: *const gantry_call_v1, id: gantry_str_v1,
        error: *mut gantry_error_v1) -> i32,
    /// Makes a new secret and tells of the webhook with it. The one before stays good for 24 hours, in which deliveries
    /// carry a signature made with each; one older than that ends at once.
    pub rotate_secret: unsafe extern "C" fn(call: *const gantry_call_v1, id: gantry_str_v1,
        on_webhook: Option<gantry_webhook_fn_v1>, context: *mut c_void, error: *mut gantry_error_v1) -> i32,
    /// Queues a trial event to this webhook alone, also when it is off. It is sent once and counts as no failure.
    pub test: unsafe extern "C" fn(call: *const gantry_call_v1, id: gantry_str_v1, error: *mut gantry_error_v1) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct gantry_websocket_v1 {
    /// Answers the opening: the socket is open, and may be sent to. Nothing is handed to `on_event` but CLOSED before
    /// the first `resume`. `protocol` is one of the subprotocols that the client names in `sec-websocket-protocol`, or
    /// empty. GANTRY_E_INVALID when the call is no opening, GANTRY_E_ALREADY when it was answered, GANTRY_E_CANCELLED
    /// when the client has left.
    pub accept: unsafe extern "C" fn(call: *const gantry_call_v1, protocol: gantry_str_v1,
        on_event: Option<gantry_socket_fn_v1>, context: *mut c_void, out_socket: *mut u64) -> i32,
    /// Hands over what the client sends, from now on or again. GANTRY_E_STALE when the socket is over.
    pub resume: unsafe extern "C" fn(call: *const gantry_call_v1, socket: u64) -> i32,
    /// Sends one message; `kind` is TEXT or BINARY, `data` is copied. Messages arrive in the order of the calls. When
    /// the queue for the client is full, the manifest decides: the socket is closed with 4410 and the answer is
    /// GANTRY_E_LIMIT, or nothing is sent and the answer is GANTRY_E_BUSY. GANTRY_E_INVALID for text that is not UTF-8,
    /// GANTRY_E_STALE once the socket is over.
    pub send: unsafe extern "C" fn(call: *const gantry_call_v1, socket: u64, kind: u32, data: gantry_str_v1) -> i32,
    /// Closes in order, after what was sent: 1000, 1001, 1003, 1007 to 1014, or 3000 to 4999, and a reason of at most
    /// 123 bytes. Messages that were not handed over are dropped; CLOSED follows with this code. GANTRY_E_STALE once the
    /// socket is over.
    pub close: unsafe extern "C" fn(call: *const gantry_call_v1, socket: u64, code: u32, reason: gantry_str_v1) -> i32,
}

// Constant text and what consists of it is shared by all threads.
unsafe impl Sync for gantry_str_v1 {}
unsafe impl Sync for gantry_description_v1 {}
/// Writes the note by which the host knows the library, before it loads it. Once for each library.
#[macro_export]
macro_rules! gantry_note {
    ($runtime:expr) => {
        #[used]
        #[link_section = ".note.gantry"]
        static GANTRY_NOTE: $crate::gantry::gantry_note_v1 = $crate::gantry::note($runtime);
    };
}

/// The note of a library of the runtime class; for `gantry_note!`.
pub const fn note(runtime: i32) -> gantry_note_v1 {
    const COMPILER: &[u8] = b"rustc";
    let mut toolchain = [0; 160];
    let mut index = 0;
    while index < COMPILER.len() {
        toolchain[index] = COMPILER[index];
        index += 1;
    }
    gantry_note_v1 {
        name_size: 7,
        descriptor_size: 176,
        r#type: GANTRY_NOTE_TYPE as u32,
        name: *b"Gantry\0\0",
        layout: 1,
        interface_minimum: GANTRY_INTERFACE_MINIMUM as u32,
        interface_maximum: GANTRY_INTERFACE_MAXIMUM as u32,
        runtime: runtime as u32,
        toolchain,
    }
}

impl gantry_str_v1 {
    /// Borrows the bytes. Whoever receives it may use them as long as `bytes` lives.
    pub const fn new(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), size: bytes.len() as u64 }
    }

    /// The bytes; none where address and size cannot belong together.
    ///
    /// # Safety
    /// The text must be one that the host handed out and that is still valid.
    pub unsafe fn bytes(&self) -> &[u8] {
        if self.data.is_null() || self.size > 1 << 40 {
            &[]
        } else {
            core::slice::from_raw_parts(self.data, self.size as usize)
        }
    }
}

const _: () = {
    assert!(core::mem::size_of::<gantry_str_v1>() == 16);
    assert!(core::mem::align_of::<gantry_str_v1>() == 8);
    assert!(core::mem::size_of::<gantry_field_v1>() == 32);
    assert!(core::mem::align_of::<gantry_field_v1>() == 8);
    assert!(core::mem::size_of::<gantry_error_v1>() == 24);
    assert!(core::mem::align_of::<gantry_error_v1>() == 8);
    assert!(core::mem::size_of::<gantry_call_v1>() == 64);
    assert!(core::mem::align_of::<gantry_call_v1>() == 8);
    assert!(core::mem::size_of::<gantry_host_v1>() == 16);
    assert!(core::mem::align_of::<gantry_host_v1>() == 8);
    assert!(core::mem::size_of::<gantry_module_v1>() == 16);
    assert!(core::mem::align_of::<gantry_module_v1>() == 8);
    assert!(core::mem::size_of::<gantry_blob_v1>() == 80);
    assert!(core::mem::align_of::<gantry_blob_v1>() == 8);
    assert!(core::mem::size_of::<gantry_blobs_v1>() == 80);
    assert!(core::mem::align_of::<gantry_blobs_v1>() == 8);
    assert!(core::mem::size_of::<gantry_cache_v1>() == 32);
    assert!(core::mem::align_of::<gantry_cache_v1>() == 8);
    assert!(core::mem::size_of::<gantry_value_v1>() == 40);
    assert!(core::mem::align_of::<gantry_value_v1>() == 8);
    assert!(core::mem::size_of::<gantry_database_v1>() == 24);
    assert!(core::mem::align_of::<gantry_database_v1>() == 8);
    assert!(core::mem::size_of::<gantry_key_order_v1>() == 48);
    assert!(core::mem::align_of::<gantry_key_order_v1>() == 8);
    assert!(core::mem::size_of::<gantry_key_v1>() == 96);
    assert!(core::mem::align_of::<gantry_key_v1>() == 8);
    assert!(core::mem::size_of::<gantry_organization_order_v1>() == 80);
    assert!(core::mem::align_of::<gantry_organization_order_v1>() == 8);
    assert!(core::mem::size_of::<gantry_organization_v1>() == 128);
    assert!(core::mem::align_of::<gantry_organization_v1>() == 8);
    assert!(core::mem::size_of::<gantry_member_v1>() == 56);
    assert!(core::mem::align_of::<gantry_member_v1>() == 8);
    assert!(core::mem::size_of::<gantry_invitation_order_v1>() == 40);
    assert!(core::mem::align_of::<gantry_invitation_order_v1>() == 8);
    assert!(core::mem::size_of::<gantry_invitation_v1>() == 96);
    assert!(core::mem::align_of::<gantry_invitation_v1>() == 8);
    assert!(core::mem::size_of::<gantry_directory_v1>() == 96);
    assert!(core::mem::align_of::<gantry_directory_v1>() == 8);
    assert!(core::mem::size_of::<gantry_node_v1>() == 20);
    assert!(core::mem::align_of::<gantry_node_v1>() == 4);
    assert!(core::mem::size_of::<gantry_document_v1>() == 32);
    assert!(core::mem::align_of::<gantry_document_v1>() == 8);
    assert!(core::mem::size_of::<gantry_event_v1>() == 112);
    assert!(core::mem::align_of::<gantry_event_v1>() == 8);
    assert!(core::mem::size_of::<gantry_events_v1>() == 8);
    assert!(core::mem::align_of::<gantry_events_v1>() == 8);
    assert!(core::mem::size_of::<gantry_subscriber_v1>() == 8);
    assert!(core::mem::align_of::<gantry_subscriber_v1>() == 8);
    assert!(core::mem::size_of::<gantry_executor_v1>() == 32);
    assert!(core::mem::align_of::<gantry_executor_v1>() == 8);
    assert!(core::mem::size_of::<gantry_principal_v1>() == 72);
    assert!(core::mem::align_of::<gantry_principal_v1>() == 8);
    assert!(core::mem::size_of::<gantry_token_order_v1>() == 72);
    assert!(core::mem::align_of::<gantry_token_order_v1>() == 8);
    assert!(core::mem::size_of::<gantry_token_v1>() == 40);
    assert!(core::mem::align_of::<gantry_token_v1>() == 8);
    assert!(core::mem::size_of::<gantry_identity_v1>() == 40);
    assert!(core::mem::align_of::<gantry_identity_v1>() == 8);
    assert!(core::mem::size_of::<gantry_request_v1>() == 120);
    assert!(core::mem::align_of::<gantry_request_v1>() == 8);
    assert!(core::mem::size_of::<gantry_finding_v1>() == 56);
    assert!(core::mem::align_of::<gantry_finding_v1>() == 8);
    assert!(core::mem::size_of::<gantry_http_v1>() == 16);
    assert!(core::mem::align_of::<gantry_http_v1>() == 8);
    assert!(core::mem::size_of::<gantry_response_v1>() == 24);
    assert!(core::mem::align_of::<gantry_response_v1>() == 8);
    assert!(core::mem::size_of::<gantry_outbound_request_v1>() == 88);
    assert!(core::mem::align_of::<gantry_outbound_request_v1>() == 8);
    assert!(core::mem::size_of::<gantry_outbound_response_v1>() == 56);
    assert!(core::mem::align_of::<gantry_outbound_response_v1>() == 8);
    assert!(core::mem::size_of::<gantry_http_client_v1>() == 40);
    assert!(core::mem::align_of::<gantry_http_client_v1>() == 8);
    assert!(core::mem::size_of::<gantry_job_v1>() == 56);
    assert!(core::mem::align_of::<gantry_job_v1>() == 8);
    assert!(core::mem::size_of::<gantry_jobs_v1>() == 8);
    assert!(core::mem::align_of::<gantry_jobs_v1>() == 8);
    assert!(core::mem::size_of::<gantry_runner_v1>() == 8);
    assert!(core::mem::align_of::<gantry_runner_v1>() == 8);
    assert!(core::mem::size_of::<gantry_description_v1>() == 80);
    assert!(core::mem::align_of::<gantry_description_v1>() == 8);
    assert!(core::mem::size_of::<gantry_lifecycle_v1>() == 48);
    assert!(core::mem::align_of::<gantry_lifecycle_v1>() == 8);
    assert!(core::mem::size_of::<gantry_mail_order_v1>() == 80);
    assert!(core::mem::align_of::<gantry_mail_order_v1>() == 8);
    assert!(core::mem::size_of::<gantry_mail_v1>() == 8);
    assert!(core::mem::align_of::<gantry_mail_v1>() == 8);
    assert!(core::mem::size_of::<gantry_metrics_v1>() == 24);
    assert!(core::mem::align_of::<gantry_metrics_v1>() == 8);
    assert!(core::mem::size_of::<gantry_note_v1>() == 196);
    assert!(core::mem::align_of::<gantry_note_v1>() == 4);
    assert!(core::mem::size_of::<gantry_services_v1>() == 16);
    assert!(core::mem::align_of::<gantry_services_v1>() == 8);
    assert!(core::mem::size_of::<gantry_exporter_v1>() == 16);
    assert!(core::mem::align_of::<gantry_exporter_v1>() == 8);
    assert!(core::mem::size_of::<gantry_state_v1>() == 16);
    assert!(core::mem::align_of::<gantry_state_v1>() == 8);
    assert!(core::mem::size_of::<gantry_settings_v1>() == 16);
    assert!(core::mem::align_of::<gantry_settings_v1>() == 8);
    assert!(core::mem::size_of::<gantry_stream_v1>() == 56);
    assert!(core::mem::align_of::<gantry_stream_v1>() == 8);
    assert!(core::mem::size_of::<gantry_log_v1>() == 8);
    assert!(core::mem::align_of::<gantry_log_v1>() == 8);
    assert!(core::mem::size_of::<gantry_clock_v1>() == 24);
    assert!(core::mem::align_of::<gantry_clock_v1>() == 8);
    assert!(core::mem::size_of::<gantry_call_table_v1>() == 8);
    assert!(core::mem::align_of::<gantry_call_table_v1>() == 8);
    assert!(core::mem::size_of::<gantry_trace_v1>() == 32);
    assert!(core::mem::align_of::<gantry_trace_v1>() == 8);
    assert!(core::mem::size_of::<gantry_transfer_v1>() == 80);
    assert!(core::mem::align_of::<gantry_transfer_v1>() == 8);
    assert!(core::mem::size_of::<gantry_transfers_v1>() == 40);
    assert!(core::mem::align_of::<gantry_transfers_v1>() == 8);
    assert!(core::mem::size_of::<gantry_webhook_v1>() == 120);
    assert!(core::mem::align_of::<gantry_webhook_v1>() == 8);
    assert!(core::mem::size_of::<gantry_webhook_delivery_v1>() == 64);
    assert!(core::mem::align_of::<gantry_webhook_delivery_v1>() == 8);
    assert!(core::mem::size_of::<gantry_webhook_change_v1>() == 56);
    assert!(core::mem::align_of::<gantry_webhook_change_v1>() == 8);
    assert!(core::mem::size_of::<gantry_webhooks_v1>() == 64);
    assert!(core::mem::align_of::<gantry_webhooks_v1>() == 8);
    assert!(core::mem::size_of::<gantry_websocket_v1>() == 32);
    assert!(core::mem::align_of::<gantry_websocket_v1>() == 8);
};
