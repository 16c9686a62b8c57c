use crate::gantry::*;

/// What a function of the kit or of a module answers.
pub type Outcome<T> = Result<T, Error>;

/// A failure: of the host, with the status of the interface, or a refusal of the module's own, for the client.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// A status of the interface, such as `GANTRY_E_BUSY`.
    pub status: i32,
    /// For the operator; of a refusal, for the client.
    pub message: String,
    /// Status and reason that the client gets; 500 unless the module refuses.
    pub refusal: Option<(u32, String)>,
}

impl Error {
    /// A failure for the operator's log; the client gets 500.
    pub fn failed(message: impl Into<String>) -> Self {
        Error { status: GANTRY_E_FAILED, message: message.into(), refusal: None }
    }

    /// An answer to the client in the module's error shape, such as 404 with the reason `not_found`.
    pub fn refused(http_status: u32, reason: &str, message: &str) -> Self {
        Error { status: GANTRY_E_FAILED, message: message.into(), refusal: Some((http_status, reason.into())) }
    }

    /// What the host has answered; `Ok` for success.
    pub(crate) fn check(status: i32, what: &str, record: &Record) -> Outcome<()> {
        if status >= 0 {
            return Ok(());
        }
        let said = record.text();
        let message = match said.as_str() {
            "" => format!("{} answered {}", what, status),
            words => format!("{}: {}", what, words),
        };
        Err(Error { status, message, refusal: None })
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.message)
    }
}

impl std::error::Error for Error {}

/// Room for the host's words about a failure.
pub(crate) struct Record {
    bytes: [u8; 512],
    raw: gantry_error_v1,
}

impl Record {
    pub(crate) fn new() -> Self {
        Record {
            bytes: [0; 512],
            raw: gantry_error_v1 {
                code: 0,
                message_capacity: 512,
                message_size: 0,
                reserved: 0,
                message: std::ptr::null_mut(),
            },
        }
    }

    /// The record as the host takes it; good until this value moves.
    pub(crate) fn raw(&mut self) -> *mut gantry_error_v1 {
        self.raw.message = self.bytes.as_mut_ptr();
        &mut self.raw
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..(self.raw.message_size as usize).min(512)]).into_owned()
    }
}

/// Puts the message into the record of a caller who supplied one.
pub(crate) unsafe fn fill(record: *mut gantry_error_v1, message: &str) {
    if let Some(record) = record.as_mut() {
        if record.message.is_null() {
            return;
        }
        let size = message.len().min(record.message_capacity as usize);
        std::ptr::copy_nonoverlapping(message.as_ptr(), record.message, size);
        record.message_size = size as u32;
    }
}
