use crate::call::{borrowed, list, text, Host};
use crate::error::{Error, Outcome, Record};
use crate::export::caught;
use crate::gantry::*;
use std::ffi::c_void;

/// A parameter or a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Value::Integer(integer)
    }
}

impl Value {
    pub(crate) fn raw(&self) -> gantry_value_v1 {
        let (kind, integer, real, bytes) = match self {
            Value::Null => (GANTRY_VALUE_NULL, 0, 0.0, gantry_str_v1::new(&[])),
            Value::Integer(integer) => (GANTRY_VALUE_INTEGER, *integer, 0.0, gantry_str_v1::new(&[])),
            Value::Real(real) => (GANTRY_VALUE_REAL, 0, *real, gantry_str_v1::new(&[])),
            Value::Text(text) => (GANTRY_VALUE_TEXT, 0, 0.0, borrowed(text)),
            Value::Blob(bytes) => (GANTRY_VALUE_BLOB, 0, 0.0, gantry_str_v1::new(bytes)),
        };
        gantry_value_v1 { r#type: kind, reserved: 0, integer, real, bytes }
    }
}

/// A row, borrowed while it is read.
pub struct Row<'a> {
    columns: &'a [gantry_value_v1],
}

impl<'a> Row<'a> {
    /// The column's text; empty where it has none.
    pub fn text(&self, column: usize) -> &'a str {
        match self.columns.get(column) {
            Some(value) if value.r#type == GANTRY_VALUE_TEXT => unsafe { text(&value.bytes) },
            _ => "",
        }
    }

    /// The column's integer; 0 where it has none.
    pub fn integer(&self, column: usize) -> i64 {
        match self.columns.get(column) {
            Some(value) if value.r#type == GANTRY_VALUE_INTEGER => value.integer,
            _ => 0,
        }
    }
}

/// The instance's own database. Needs the capability `database`.
#[derive(Clone, Copy)]
pub struct Database {
    table: &'static gantry_database_v1,
}

/// Publishing events. Needs the capability `events`.
#[derive(Clone, Copy)]
pub struct Events {
    table: &'static gantry_events_v1,
}

/// Queueing jobs. Needs the capability `jobs`.
#[derive(Clone, Copy)]
pub struct Jobs {
    table: &'static gantry_jobs_v1,
}

impl Host<'_> {
    /// Jobs.
    pub fn jobs(&self) -> Outcome<Jobs> {
        unsafe { Ok(Jobs { table: self.table(GANTRY_JOBS_ID)? }) }
    }

    /// The database.
    pub fn database(&self) -> Outcome<Database> {
        unsafe { Ok(Database { table: self.table(GANTRY_DATABASE_ID)? }) }
    }

    /// Events.
    pub fn events(&self) -> Outcome<Events> {
        unsafe { Ok(Events { table: self.table(GANTRY_EVENTS_ID)? }) }
    }
}

/// What the body of a transaction works with. It may run again from its start, and on another thread.
pub struct Transaction<'a> {
    database: &'static gantry_database_v1,
    call: &'a gantry_call_v1,
    handle: u64,
}

impl Database {
    /// Runs the body on one consistent snapshot. May wait: not for `inline` routes.
    pub fn read<T>(&self, call: &gantry_call_v1, body: impl FnMut(&Transaction<'_>) -> Outcome<T>) -> Outcome<T> {
        self.transact(call, GANTRY_TRANSACTION_READ, body)
    }

    /// Runs the body and makes what it did durable, or nothing of it. May wait.
    pub fn write<T>(&self, call: &gantry_call_v1, body: impl FnMut(&Transaction<'_>) -> Outcome<T>) -> Outcome<T> {
        self.transact(call, GANTRY_TRANSACTION_WRITE, body)
    }

    fn transact<T, Body: FnMut(&Transaction<'_>) -> Outcome<T>>(
        &self, call: &gantry_call_v1, mode: i32, body: Body,
    ) -> Outcome<T> {
        let mut run = Run { database: self.table, call, body, result: None };
        let mut record = Record::new();
        let context = &mut run as *mut Run<'_, T, Body> as *mut c_void;
        let status = unsafe {
            (self.table.transact)(call, mode as u32, Some(run_body::<T, Body>), context, record.raw())
        };
        match run.result {
            // The body's own failure says more than the status that it became.
            Some(Err(error)) => Err(error),
            Some(Ok(value)) => Error::check(status, "the transaction", &record).map(|_| value),
            None => Error::check(status, "the transaction", &record)
                .and_then(|_| Err(Error::failed("the transaction has not run"))),
        }
    }
}

struct Run<'a, T, Body> {
    database: &'static gantry_database_v1,
    call: &'a gantry_call_v1,
    body: Body,
    result: Option<Outcome<T>>,
}

unsafe extern "C" fn run_body<T, Body: FnMut(&Transaction<'_>) -> Outcome<T>>(
    context: *mut c_void, transaction: u64,
) -> i32 {
    let run = &mut *(context as *mut Run<'_, T, Body>);
    run.result = None;
    let handle = Transaction { database: run.database, call: run.call, handle: transaction };
    let result = caught(|| (run.body)(&handle));
    let status = result.as_ref().map_or_else(|error| error.status, |_| GANTRY_OK);
    run.result = Some(result);
    status
}

impl Transaction<'_> {
    /// Runs one statement; gives how many rows it changed. Placeholders are `$1`, `$2`, ….
    pub fn execute(&self, sql: &str, parameters: &[Value]) -> Outcome<u64> {
        self.run(sql, parameters, None, std::ptr::null_mut())
    }

    /// The rows that a statement gives, each read by `map`.
    pub fn rows<T, Map: FnMut(&Row<'_>) -> T>(&self, sql: &str, parameters: &[Value], map: Map) -> Outcome<Vec<T>> {
        let mut reading = Reading { map, rows: Vec::new(), failure: None };
        let context = &mut reading as *mut Reading<T, Map> as *mut c_void;
        let status = self.run(sql, parameters, Some(read_row::<T, Map>), context);
        match reading.failure {
            Some(failure) => Err(failure),
            None => status.map(|_| reading.rows),
        }
    }

    /// Publishes an event: it exists exactly when the transaction is committed. `data` is a JSON object.
    pub fn publish(&self, events: Events, kind: &str, key: &str, data: &str) -> Outcome<()> {
        let mut record = Record::new();
        let status = unsafe {
            (events.table.publish)(
                self.call, self.handle, borrowed(kind), borrowed(key), borrowed(data), std::ptr::null_mut(),
                record.raw(),
            )
        };
        Error::check(status, kind, &record)
    }

    /// Queues a job: it exists exactly when the transaction is committed. `payload` is a JSON object; jobs of one name
    /// and key run one after the other; it does not run before the time, 0 for at once.
    pub fn enqueue(
        &self, jobs: Jobs, name: &str, key: &str, payload: &str, not_before_milliseconds: i64,
    ) -> Outcome<()> {
        let mut record = Record::new();
        let status = unsafe {
            (jobs.table.enqueue)(
                self.call, self.handle, borrowed(name), borrowed(key), borrowed(payload), not_before_milliseconds,
                record.raw(),
            )
        };
        Error::check(status, name, &record)
    }

    fn run(
        &self, sql: &str, parameters: &[Value], on_row: Option<gantry_row_fn_v1>, context: *mut c_void,
    ) -> Outcome<u64> {
        let values: Vec<gantry_value_v1> = parameters.iter().map(Value::raw).collect();
        let mut record = Record::new();
        let mut changes = 0;
        let status = unsafe {
            (self.database.execute)(
                self.call, self.handle, borrowed(sql), values.as_ptr(), values.len() as u64, on_row, context,
                &mut changes, record.raw(),
            )
        };
        Error::check(status, sql, &record).map(|_| changes)
    }
}

struct Reading<T, Map> {
    map: Map,
    rows: Vec<T>,
    failure: Option<Error>,
}

unsafe extern "C" fn read_row<T, Map: FnMut(&Row<'_>) -> T>(
    context: *mut c_void, columns: *const gantry_value_v1, column_count: u64,
) -> i32 {
    let reading = &mut *(context as *mut Reading<T, Map>);
    let row = Row { columns: list(columns, column_count) };
    match caught(|| Ok((reading.map)(&row))) {
        Ok(value) => {
            reading.rows.push(value);
            GANTRY_OK
        }
        Err(error) => {
            let status = error.status;
            reading.failure = Some(error);
            status
        }
    }
}
