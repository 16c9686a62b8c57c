use crate::error::{Error, Outcome, Record};
use crate::gantry::*;
use crate::json::Json;
use std::ffi::c_void;

/// The text as the host takes it; it borrows.
pub(crate) fn borrowed(text: &str) -> gantry_str_v1 {
    gantry_str_v1::new(text.as_bytes())
}

/// The host's text; empty where it is not UTF-8, which the host never hands out.
pub(crate) unsafe fn text<'a>(raw: &gantry_str_v1) -> &'a str {
    std::str::from_utf8(list(raw.data, raw.size)).unwrap_or("")
}

/// What the host lends; empty where it is none, or more than any memory has.
pub(crate) unsafe fn list<'a, T>(start: *const T, count: u64) -> &'a [T] {
    match start.is_null() || count > 1 << 40 {
        true => &[],
        false => std::slice::from_raw_parts(start, count as usize),
    }
}

/// What an instance works with, asked for while it is created. Tables live as long as the process.
pub struct Host<'a> {
    pub(crate) raw: &'a gantry_host_v1,
}

impl Host<'_> {
    /// A table of the interface; what the manifest does not ask for, or the operator has not granted, is an error.
    ///
    /// # Safety
    /// `Table` must be the type of the table that `id` names.
    pub unsafe fn table<Table>(&self, id: &[u8]) -> Outcome<&'static Table> {
        let mut found: *const c_void = std::ptr::null();
        let status = (self.raw.query)(self.raw.scope, gantry_str_v1::new(id), 1, &mut found);
        let name = String::from_utf8_lossy(id).into_owned();
        if status == GANTRY_E_DENIED {
            let message = format!("{} is denied: does module.yaml ask for its capability?", name);
            return Err(Error { status, message, refusal: None });
        }
        match (found as *const Table).as_ref() {
            Some(table) if status == GANTRY_OK => Ok(table),
            _ => Err(Error { status, message: format!("there is no table {}", name), refusal: None }),
        }
    }

    /// Lines in the host's log.
    pub fn log(&self) -> Outcome<Log> {
        unsafe { Ok(Log { table: self.table(GANTRY_LOG_ID)? }) }
    }

    /// Clock and random bytes.
    pub fn clock(&self) -> Outcome<Clock> {
        unsafe { Ok(Clock { table: self.table(GANTRY_CLOCK_ID)? }) }
    }
}

/// Tells the time and makes what nobody can guess.
#[derive(Clone, Copy)]
pub struct Clock {
    table: &'static gantry_clock_v1,
}

impl Clock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn milliseconds(&self, call: &gantry_call_v1) -> Outcome<i64> {
        let mut now = 0;
        let status = unsafe { (self.table.now)(call, &mut now) };
        Error::check(status, "gantry.clock now", &Record::new()).map(|_| now)
    }

    /// Random bytes, fit for identifiers and keys.
    pub fn random<const SIZE: usize>(&self, call: &gantry_call_v1) -> Outcome<[u8; SIZE]> {
        let mut bytes = [0; SIZE];
        let status = unsafe { (self.table.random)(call, bytes.as_mut_ptr(), SIZE as u64) };
        Error::check(status, "gantry.clock random", &Record::new()).map(|_| bytes)
    }

    /// A random identifier: 32 hexadecimal digits.
    pub fn identifier(&self, call: &gantry_call_v1) -> Outcome<String> {
        Ok(self.random::<16>(call)?.iter().map(|byte| format!("{:02x}", byte)).collect())
    }
}

/// Writes lines into the host's log.
#[derive(Clone, Copy)]
pub struct Log {
    pub(crate) table: &'static gantry_log_v1,
}

impl Log {
    /// One line. Never hand it secrets.
    pub fn write(&self, call: &gantry_call_v1, level: i32, message: &str) {
        unsafe { (self.table.write)(call, level as u32, borrowed(message), std::ptr::null(), 0) };
    }
}

/// A request, borrowed until the handler returns.
pub struct Request<'a> {
    pub(crate) call: &'a gantry_call_v1,
    pub(crate) raw: &'a gantry_request_v1,
}

impl<'a> Request<'a> {
    /// The context that functions of the host take.
    pub fn call(&self) -> &'a gantry_call_v1 {
        self.call
    }

    /// The tenant's id.
    pub fn tenant(&self) -> &'a str {
        unsafe { text(&self.call.tenant) }
    }

    /// The parameters of the path, in the order of its template.
    pub fn path_parameter(&self, position: usize) -> &'a str {
        let parameters = unsafe { list(self.raw.path_parameters, self.raw.path_parameter_count.into()) };
        parameters.get(position).map_or("", |parameter| unsafe { text(parameter) })
    }

    /// The last parameter of the query of that name.
    pub fn query(&self, name: &str) -> Option<&'a str> {
        unsafe { field(self.raw.query, self.raw.query_count, name) }
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        unsafe { field(self.raw.headers, self.raw.header_count, name) }
    }

    /// Id of the user or key who calls; empty for nobody.
    pub fn subject(&self) -> &'a str {
        unsafe { self.raw.principal.as_ref().map_or("", |principal| text(&principal.subject)) }
    }

    /// The body as it came.
    pub fn body(&self) -> &'a [u8] {
        unsafe { list(self.raw.body.data, self.raw.body.size) }
    }

    /// The body as JSON; none where it is none.
    pub fn json(&self) -> Option<Json<'a>> {
        unsafe { Json::root(self.raw.document) }
    }

    /// A string of the body that the contract requires.
    pub fn text(&self, name: &str) -> Outcome<String> {
        self.json()
            .and_then(|body| body.get(name)?.text())
            .ok_or_else(|| Error::failed(format!("the body has no string `{}`: does the contract require it?", name)))
    }
}

unsafe fn field<'a>(fields: *const gantry_field_v1, count: u32, name: &str) -> Option<&'a str> {
    list(fields, count.into())
        .iter()
        .rev()
        .find(|field| text(&field.name) == name)
        .map(|field| text(&field.value))
}

/// A whole response.
pub struct Response {
    pub(crate) status: u32,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// JSON that is written already.
    pub fn json(status: u32, body: String) -> Self {
        Response { status, content_type: "application/json", headers: Vec::new(), body: body.into_bytes() }
    }

    /// No body.
    pub fn empty(status: u32) -> Self {
        Response { status, content_type: "", headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) unsafe fn send(&self, table: &gantry_response_v1, call: &gantry_call_v1) -> i32 {
        let headers: Vec<gantry_field_v1> = self
            .headers
            .iter()
            .map(|(name, value)| gantry_field_v1 { name: borrowed(name), value: borrowed(value) })
            .collect();
        (table.send)(
            call, self.status, borrowed(self.content_type), headers.as_ptr(), headers.len() as u64,
            gantry_str_v1::new(&self.body),
        )
    }
}

/// An event, borrowed until the handler returns. The same one may come again: note its id in the transaction that does
/// the work.
pub struct Event<'a> {
    pub(crate) call: &'a gantry_call_v1,
    pub(crate) raw: &'a gantry_event_v1,
}

impl<'a> Event<'a> {
    /// The context that functions of the host take.
    pub fn call(&self) -> &'a gantry_call_v1 {
        self.call
    }

    /// Its id.
    pub fn id(&self) -> &'a str {
        unsafe { text(&self.raw.id) }
    }

    /// Its ordering key; empty when there is none.
    pub fn key(&self) -> &'a str {
        unsafe { text(&self.raw.key) }
    }

    /// What the publisher said.
    pub fn data(&self) -> Option<Json<'a>> {
        unsafe { Json::root(&self.raw.data) }
    }
}

/// A job, borrowed until the handler returns.
pub struct Job<'a> {
    pub(crate) call: &'a gantry_call_v1,
    pub(crate) raw: &'a gantry_job_v1,
}

impl<'a> Job<'a> {
    /// The context that functions of the host take.
    pub fn call(&self) -> &'a gantry_call_v1 {
        self.call
    }

    /// Counted from 1; a run that a crash cut off counts.
    pub fn attempt(&self) -> u32 {
        self.raw.attempt
    }

    /// What it was queued with.
    pub fn payload(&self) -> Option<Json<'a>> {
        unsafe { Json::root(&self.raw.payload) }
    }
}
