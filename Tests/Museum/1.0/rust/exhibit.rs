//! An exhibit of the museum in Rust: the same as that in C. Without the standard library it stays small.
#![no_std]

#[path = "gantry.rs"]
mod gantry;

use core::ffi::c_void;
use core::ptr::{null, null_mut};
use gantry::*;

extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
    fn abort() -> !;
}

#[panic_handler]
fn panic(_information: &core::panic::PanicInfo) -> ! { unsafe { abort() } }

const fn text(bytes: &'static [u8]) -> gantry_str_v1 {
    gantry_str_v1 { data: bytes.as_ptr(), size: bytes.len() as u64 }
}

fn value(bytes: gantry_str_v1) -> gantry_value_v1 {
    gantry_value_v1 { r#type: GANTRY_VALUE_TEXT, reserved: 0, integer: 0, real: 0.0, bytes }
}

struct Exhibit {
    response: *const gantry_response_v1,
    database: *const gantry_database_v1,
    events: *const gantry_events_v1,
    jobs: *const gantry_jobs_v1,
    clock: *const gantry_clock_v1,
}

struct Work {
    exhibit: *const Exhibit,
    call: *const gantry_call_v1,
    values: [gantry_value_v1; 2],
    found: *mut u8,
    found_size: usize,
}

impl Work {
    unsafe fn statement(&mut self, transaction: u64, sql: &'static [u8], count: u64, row: gantry_row_fn_v1) -> i32 {
        ((*(*self.exhibit).database).execute)(
            self.call, transaction, text(sql), self.values.as_ptr(), count, Some(row), self as *mut Work as *mut c_void,
            null_mut(), null_mut())
    }
}

unsafe extern "C" fn no_row(_context: *mut c_void, _columns: *const gantry_value_v1, _count: u64) -> i32 { GANTRY_OK }

unsafe extern "C" fn take_row(context: *mut c_void, columns: *const gantry_value_v1, _count: u64) -> i32 {
    let bytes = (*columns).bytes;
    let work = &mut *(context as *mut Work);
    free(work.found as *mut c_void);
    work.found_size = bytes.size as usize;
    work.found = malloc(work.found_size + 1) as *mut u8;
    if work.found.is_null() {
        return GANTRY_E_BUSY;
    }
    core::ptr::copy_nonoverlapping(bytes.data, work.found, work.found_size);
    GANTRY_OK
}

unsafe extern "C" fn put_body(context: *mut c_void, transaction: u64) -> i32 {
    let work = &mut *(context as *mut Work);
    let exhibit = &*work.exhibit;
    let mut status = work.statement(
        transaction,
        b"INSERT INTO notes (name, content) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET content = $2", 2, no_row);
    if status == GANTRY_OK {
        status = ((*exhibit.events).publish)(
            work.call, transaction, text(b"rust.note.put"), text(b""), text(b"{}"), null_mut(), null_mut());
    }
    if status == GANTRY_OK {
        status = ((*exhibit.jobs).enqueue)(
            work.call, transaction, text(b"count"), text(b""), text(b"{}"), 0, null_mut());
    }
    status
}

unsafe extern "C" fn get_body(context: *mut c_void, transaction: u64) -> i32 {
    (*(context as *mut Work)).statement(transaction, b"SELECT content FROM notes WHERE name = $1", 1, take_row)
}

unsafe extern "C" fn count_body(context: *mut c_void, transaction: u64) -> i32 {
    (*(context as *mut Work)).statement(
        transaction,
        b"INSERT INTO notes (name, content) VALUES ($1, 'heard') ON CONFLICT (name) DO UPDATE SET content = 'heard'",
        1, no_row)
}

unsafe fn transact(work: &mut Work, mode: i32, body: gantry_transaction_fn_v1) -> i32 {
    let database = (*work.exhibit).database;
    ((*database).transact)(work.call, mode as u32, Some(body), work as *mut Work as *mut c_void, null_mut())
}

unsafe fn empty(exhibit: &Exhibit, call: *const gantry_call_v1) -> i32 {
    ((*exhibit.response).send)(call, 204, text(b""), null(), 0, text(b""))
}

unsafe extern "C" fn handle(
    instance: *mut c_void, call: *const gantry_call_v1, request: *const gantry_request_v1) -> i32 {
    let exhibit = &*(instance as *const Exhibit);
    let request = &*request;
    if request.operation == 2 {
        let mut now = 0;
        let status = ((*exhibit.clock).now)(call, &mut now);
        return if status == GANTRY_OK { empty(exhibit, call) } else { status };
    }
    if request.path_parameter_count != 1 {
        return GANTRY_E_INVALID;
    }
    let values = [value(*request.path_parameters), value(request.body)];
    let mut work = Work { exhibit, call, values, found: null_mut(), found_size: 0 };
    if request.operation == 0 {
        let status = transact(&mut work, GANTRY_TRANSACTION_WRITE, put_body);
        return if status == GANTRY_OK { empty(exhibit, call) } else { status };
    }
    let mut status = transact(&mut work, GANTRY_TRANSACTION_READ, get_body);
    let response = &*exhibit.response;
    if status == GANTRY_OK {
        status = if work.found.is_null() {
            (response.fail)(call, 404, text(b"not_found"), text(b"There is no such note."), text(b""))
        } else {
            let body = gantry_str_v1 { data: work.found, size: work.found_size as u64 };
            (response.send)(call, 200, text(b"text/plain"), null(), 0, body)
        };
    }
    free(work.found as *mut c_void);
    status
}

unsafe extern "C" fn check(
    _instance: *mut c_void, _call: *const gantry_call_v1, _request: *const gantry_request_v1,
    _known: *const gantry_finding_v1, _known_count: u64, _report: Option<gantry_finding_fn_v1>, _context: *mut c_void,
    _error: *mut gantry_error_v1) -> i32 { GANTRY_OK }

unsafe fn count(instance: *mut c_void, call: *const gantry_call_v1, kind: &'static [u8]) -> i32 {
    let values = [value(text(kind)), value(text(b""))];
    let mut work = Work { exhibit: instance as *const Exhibit, call, values, found: null_mut(), found_size: 0 };
    transact(&mut work, GANTRY_TRANSACTION_WRITE, count_body)
}

unsafe extern "C" fn deliver(
    instance: *mut c_void, call: *const gantry_call_v1, _event: *const gantry_event_v1,
    _error: *mut gantry_error_v1) -> i32 { count(instance, call, b"event") }

unsafe extern "C" fn run(
    instance: *mut c_void, call: *const gantry_call_v1, _job: *const gantry_job_v1,
    _error: *mut gantry_error_v1) -> i32 { count(instance, call, b"job") }

unsafe fn find<Table>(host: &gantry_host_v1, id: &'static [u8], status: &mut i32) -> *const Table {
    let mut table = null();
    if *status == GANTRY_OK {
        *status = (host.query)(host.scope, text(id), 1, &mut table);
    }
    table as *const Table
}

unsafe extern "C" fn create(
    _module: *mut c_void, _call: *const gantry_call_v1, host: *const gantry_host_v1, _configuration: gantry_str_v1,
    out_instance: *mut *mut c_void, _error: *mut gantry_error_v1) -> i32 {
    let host = &*host;
    let mut status = GANTRY_OK;
    let exhibit = Exhibit {
        response: find(host, GANTRY_RESPONSE_ID, &mut status),
        database: find(host, GANTRY_DATABASE_ID, &mut status),
        events: find(host, GANTRY_EVENTS_ID, &mut status),
        jobs: find(host, GANTRY_JOBS_ID, &mut status),
        clock: find(host, GANTRY_CLOCK_ID, &mut status),
    };
    if status == GANTRY_OK {
        let memory = malloc(core::mem::size_of::<Exhibit>()) as *mut Exhibit;
        if memory.is_null() {
            return GANTRY_E_BUSY;
        }
        memory.write(exhibit);
        *out_instance = memory as *mut c_void;
    }
    status
}

unsafe extern "C" fn step(
    _instance: *mut c_void, _call: *const gantry_call_v1, _error: *mut gantry_error_v1) -> i32 { GANTRY_OK }

unsafe extern "C" fn destroy(instance: *mut c_void) -> i32 {
    free(instance);
    GANTRY_OK
}

struct Shared<Value>(Value);
// Constants: nothing writes to what their pointers lead to.
unsafe impl<Value> Sync for Shared<Value> {}

static OPERATIONS: Shared<[gantry_str_v1; 3]> = Shared([text(b"putNote"), text(b"getNote"), text(b"getTime")]);
static HANDLERS: Shared<[gantry_str_v1; 1]> = Shared([text(b"onPut")]);
static JOBS: Shared<[gantry_str_v1; 1]> = Shared([text(b"count")]);
static DESCRIPTION: Shared<gantry_description_v1> = Shared(gantry_description_v1 {
    id: text(b"exhibit-rust"),
    version: text(b"1.0.0"),
    operations: &OPERATIONS.0 as *const gantry_str_v1,
    operation_count: 3,
    subscriptions: &HANDLERS.0 as *const gantry_str_v1,
    subscription_count: 1,
    jobs: &JOBS.0 as *const gantry_str_v1,
    job_count: 1,
});

unsafe extern "C" fn describe(_module: *mut c_void, out: *mut *const gantry_description_v1) -> i32 {
    *out = &DESCRIPTION.0;
    GANTRY_OK
}

static LIFECYCLE: gantry_lifecycle_v1 =
    gantry_lifecycle_v1 { describe, create, start: step, quiesce: step, stop: step, destroy };
static HTTP: gantry_http_v1 = gantry_http_v1 { handle, check };
static SUBSCRIBER: gantry_subscriber_v1 = gantry_subscriber_v1 { deliver };
static RUNNER: gantry_runner_v1 = gantry_runner_v1 { run };

unsafe extern "C" fn query(
    _module: *mut c_void, id: gantry_str_v1, revision: u32, out_table: *mut *const c_void) -> i32 {
    let name = if id.size == 0 { &[][..] } else { core::slice::from_raw_parts(id.data, id.size as usize) };
    *out_table = match name {
        _ if revision != 1 => return GANTRY_E_UNSUPPORTED,
        GANTRY_LIFECYCLE_ID => &LIFECYCLE as *const _ as *const c_void,
        GANTRY_HTTP_ID => &HTTP as *const _ as *const c_void,
        GANTRY_SUBSCRIBER_ID => &SUBSCRIBER as *const _ as *const c_void,
        GANTRY_RUNNER_ID => &RUNNER as *const _ as *const c_void,
        _ => return GANTRY_E_UNSUPPORTED,
    };
    GANTRY_OK
}

gantry_note!(gantry::GANTRY_RUNTIME_NONE);

#[no_mangle]
pub unsafe extern "C" fn gantry_entry_v1(_host: *const gantry_host_v1, out_module: *mut gantry_module_v1) -> i32 {
    (*out_module).module = null_mut();
    (*out_module).query = query;
    GANTRY_OK
}
