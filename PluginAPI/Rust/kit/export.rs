use crate::call::{borrowed, list, text, Event, Host, Job, Log, Request};
use crate::error::{fill, Error, Outcome};
use crate::database::Value;
use crate::gantry::*;
use crate::services::owned;
use crate::state::State;
use crate::Module;
use std::cell::RefCell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::panic::{catch_unwind, AssertUnwindSafe};

thread_local! {
    /// What the panic of this thread said.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the body; a panic becomes a failure that says where it was.
pub(crate) fn caught<T>(body: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        let said = SAID.try_with(|said| said.borrow().clone()).unwrap_or_default();
        Err(Error::failed(format!("the module panicked: {}", said)))
    })
}

/// What the entry leaves behind for as long as the process lives.
pub struct Loaded {
    description: gantry_description_v1,
    _names: Vec<gantry_str_v1>,
}

struct Instance<M> {
    module: M,
    response: &'static gantry_response_v1,
    log: Log,
}

struct Tables<M>(PhantomData<M>);

/// The entry of a library; called by `module!`.
///
/// # Safety
/// Called by the host as the interface says.
pub unsafe fn enter<M: Module>(out_module: *mut gantry_module_v1) -> i32 {
    // Of this library's own standard library; what a panic says goes to the log instead of the host's output.
    std::panic::set_hook(Box::new(|panic| {
        let _ = SAID.try_with(|said| *said.borrow_mut() = panic.to_string());
    }));
    let mut names: Vec<gantry_str_v1> = M::OPERATIONS.iter().map(|entry| borrowed(entry.0)).collect();
    names.extend(M::SUBSCRIPTIONS.iter().map(|entry| borrowed(entry.0)));
    names.extend(M::JOBS.iter().map(|entry| borrowed(entry.0)));
    let (operations, subscriptions) = (M::OPERATIONS.len(), M::SUBSCRIPTIONS.len());
    let description = gantry_description_v1 {
        id: borrowed(M::ID),
        version: borrowed(M::VERSION),
        operations: names.as_ptr(),
        operation_count: operations as u64,
        subscriptions: names.as_ptr().add(operations),
        subscription_count: subscriptions as u64,
        jobs: names.as_ptr().add(operations + subscriptions),
        job_count: M::JOBS.len() as u64,
    };
    let loaded = Box::into_raw(Box::new(Loaded { description, _names: names }));
    out_module.write(gantry_module_v1 { module: loaded as *mut c_void, query: query::<M> });
    GANTRY_OK
}

impl<M: Module> Tables<M> {
    const LIFECYCLE: &'static gantry_lifecycle_v1 = &gantry_lifecycle_v1 {
        describe,
        create: create::<M>,
        start: step,
        quiesce: step,
        stop: step,
        destroy: destroy::<M>,
    };
    const HTTP: &'static gantry_http_v1 = &gantry_http_v1 { handle: handle::<M>, check };
    const SUBSCRIBER: &'static gantry_subscriber_v1 = &gantry_subscriber_v1 { deliver: deliver::<M> };
    const RUNNER: &'static gantry_runner_v1 = &gantry_runner_v1 { run: run::<M> };
    const STATE: &'static gantry_state_v1 =
        &gantry_state_v1 { export_state: export_state::<M>, import_state: import_state::<M> };
    const EXPORTER: &'static gantry_exporter_v1 = &gantry_exporter_v1 { function: function::<M>, call: serve::<M> };
}

unsafe extern "C" fn query<M: Module>(
    _module: *mut c_void, id: gantry_str_v1, revision: u32, out_table: *mut *const c_void,
) -> i32 {
    let table: *const c_void = match id.bytes() {
        GANTRY_LIFECYCLE_ID => Tables::<M>::LIFECYCLE as *const _ as *const c_void,
        GANTRY_HTTP_ID => Tables::<M>::HTTP as *const _ as *const c_void,
        GANTRY_SUBSCRIBER_ID if !M::SUBSCRIPTIONS.is_empty() => Tables::<M>::SUBSCRIBER as *const _ as *const c_void,
        GANTRY_RUNNER_ID if !M::JOBS.is_empty() => Tables::<M>::RUNNER as *const _ as *const c_void,
        GANTRY_STATE_ID if M::STATE.is_some() => Tables::<M>::STATE as *const _ as *const c_void,
        GANTRY_EXPORTER_ID if !M::SERVICES.is_empty() => Tables::<M>::EXPORTER as *const _ as *const c_void,
        _ => std::ptr::null(),
    };
    let table = if revision == 1 { table } else { std::ptr::null() };
    out_table.write(table);
    if table.is_null() {
        GANTRY_E_UNSUPPORTED
    } else {
        GANTRY_OK
    }
}

unsafe extern "C" fn describe(module: *mut c_void, out_description: *mut *const gantry_description_v1) -> i32 {
    out_description.write(&(*(module as *const Loaded)).description);
    GANTRY_OK
}

unsafe extern "C" fn create<M: Module>(
    _module: *mut c_void, _call: *const gantry_call_v1, host: *const gantry_host_v1, configuration: gantry_str_v1,
    out_instance: *mut *mut c_void, error: *mut gantry_error_v1,
) -> i32 {
    let made = caught(|| {
        let host = Host { raw: &*host };
        let response = host.table::<gantry_response_v1>(GANTRY_RESPONSE_ID)?;
        Ok(Instance { response, log: host.log()?, module: M::create(&host, text(&configuration))? })
    });
    match made {
        Ok(instance) => {
            out_instance.write(Box::into_raw(Box::new(instance)) as *mut c_void);
            GANTRY_OK
        }
        Err(failure) => {
            fill(error, &failure.message);
            failure.status
        }
    }
}

unsafe extern "C" fn step(_instance: *mut c_void, _call: *const gantry_call_v1, _error: *mut gantry_error_v1) -> i32 {
    GANTRY_OK
}

unsafe extern "C" fn destroy<M: Module>(instance: *mut c_void) -> i32 {
    let instance = Box::from_raw(instance as *mut Instance<M>);
    caught(move || {
        drop(instance);
        Ok(())
    })
    .map_or_else(|error| error.status, |_| GANTRY_OK)
}

unsafe extern "C" fn handle<M: Module>(
    instance: *mut c_void, call: *const gantry_call_v1, request: *const gantry_request_v1,
) -> i32 {
    let (instance, call, raw) = (&*(instance as *const Instance<M>), &*call, &*request);
    let answer = match M::OPERATIONS.get(raw.operation as usize) {
        Some(operation) => caught(|| (operation.1)(&instance.module, &Request { call, raw })),
        None => return GANTRY_E_INVALID,
    };
    match answer {
        Ok(response) => response.send(instance.response, call),
        Err(Error { message, refusal: Some((status, reason)), .. }) => {
            let nothing = gantry_str_v1::new(&[]);
            (instance.response.fail)(call, status, borrowed(&reason), borrowed(&message), nothing)
        }
        Err(error) => {
            instance.log.write(call, GANTRY_LOG_ERROR, &error.message);
            error.status
        }
    }
}

unsafe extern "C" fn check(
    _instance: *mut c_void, _call: *const gantry_call_v1, _request: *const gantry_request_v1,
    _known: *const gantry_finding_v1, _known_count: u64, _report: Option<gantry_finding_fn_v1>, _context: *mut c_void,
    _error: *mut gantry_error_v1,
) -> i32 {
    GANTRY_OK // the contract says it all
}

unsafe extern "C" fn deliver<M: Module>(
    instance: *mut c_void, call: *const gantry_call_v1, event: *const gantry_event_v1, error: *mut gantry_error_v1,
) -> i32 {
    let (instance, call, raw) = (&*(instance as *const Instance<M>), &*call, &*event);
    match M::SUBSCRIPTIONS.get(raw.subscription as usize) {
        Some(entry) => ended(caught(|| (entry.1)(&instance.module, &Event { call, raw })), error),
        None => GANTRY_E_INVALID,
    }
}

unsafe extern "C" fn run<M: Module>(
    instance: *mut c_void, call: *const gantry_call_v1, job: *const gantry_job_v1, error: *mut gantry_error_v1,
) -> i32 {
    let (instance, call, raw) = (&*(instance as *const Instance<M>), &*call, &*job);
    match M::JOBS.get(raw.job as usize) {
        Some(entry) => ended(caught(|| (entry.1)(&instance.module, &Job { call, raw })), error),
        None => GANTRY_E_INVALID,
    }
}

unsafe extern "C" fn function<M: Module>(
    _module: *mut c_void, signature: gantry_str_v1, out_function: *mut Option<gantry_service_fn_v1>,
) -> i32 {
    out_function.write(None); // served by values
    match M::SERVICES.iter().any(|entry| entry.0.as_bytes() == signature.bytes()) {
        true => GANTRY_OK,
        false => GANTRY_E_UNSUPPORTED,
    }
}

unsafe extern "C" fn serve<M: Module>(
    instance: *mut c_void, call: *const gantry_call_v1, signature: gantry_str_v1, arguments: *const gantry_value_v1,
    argument_count: u64, on_result: Option<gantry_service_result_fn_v1>, context: *mut c_void,
    error: *mut gantry_error_v1,
) -> i32 {
    let (instance, call) = (&*(instance as *const Instance<M>), &*call);
    let entry = match M::SERVICES.iter().find(|entry| entry.0.as_bytes() == signature.bytes()) {
        Some(entry) => entry,
        None => return GANTRY_E_UNSUPPORTED,
    };
    let values: Vec<Value> = list(arguments, argument_count).iter().map(|value| owned(value)).collect();
    match caught(|| (entry.1)(&instance.module, call, &values)) {
        Ok(Value::Null) => GANTRY_OK,
        Ok(value) => on_result.map_or(GANTRY_OK, |give| give(context, &value.raw())),
        Err(failure) => ended(Err(failure), error),
    }
}

unsafe extern "C" fn export_state<M: Module>(
    instance: *mut c_void, _call: *const gantry_call_v1, take: Option<gantry_state_fn_v1>, context: *mut c_void,
    error: *mut gantry_error_v1,
) -> i32 {
    let (instance, handover, take) = match (M::STATE, take) {
        (Some(handover), Some(take)) => (&*(instance as *const Instance<M>), handover, take),
        _ => return GANTRY_E_INVALID,
    };
    match caught(|| (handover.export)(&instance.module)) {
        Ok(Some(state)) => take(context, state.version, gantry_str_v1::new(&state.bytes)),
        Ok(None) => GANTRY_OK,
        Err(failure) => ended(Err(failure), error),
    }
}

unsafe extern "C" fn import_state<M: Module>(
    instance: *mut c_void, _call: *const gantry_call_v1, version: u32, bytes: gantry_str_v1,
    error: *mut gantry_error_v1,
) -> i32 {
    let (instance, handover) = match M::STATE {
        Some(handover) => (&*(instance as *const Instance<M>), handover),
        None => return GANTRY_E_UNSUPPORTED,
    };
    let state = State { version, bytes: list(bytes.data, bytes.size).to_vec() };
    match caught(|| (handover.import)(&instance.module, &state)) {
        Ok(true) => GANTRY_OK,
        Ok(false) => GANTRY_E_UNSUPPORTED,
        Err(failure) => ended(Err(failure), error),
    }
}

unsafe fn ended(outcome: Outcome<()>, record: *mut gantry_error_v1) -> i32 {
    match outcome {
        Ok(()) => GANTRY_OK,
        Err(error) => {
            fill(record, &error.message);
            error.status
        }
    }
}
