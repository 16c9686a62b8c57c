use crate::call::{borrowed, text, Host};
use crate::error::{Error, Outcome, Record};
use crate::gantry::*;
use std::ffi::c_void;

/// What the operator has set for the instance. Secrets need the capability `secrets`.
#[derive(Clone, Copy)]
pub struct Settings {
    table: &'static gantry_settings_v1,
}

impl Host<'_> {
    /// Settings.
    pub fn settings(&self) -> Outcome<Settings> {
        unsafe { Ok(Settings { table: self.table(GANTRY_SETTINGS_ID)? }) }
    }
}

impl Settings {
    /// A secret as it is now; `None` for an optional one that has no value. Ask each time, and never log it.
    pub fn secret(&self, call: &gantry_call_v1, name: &str) -> Outcome<Option<String>> {
        let mut value: Option<String> = None;
        let context = &mut value as *mut Option<String> as *mut c_void;
        let status = unsafe { (self.table.secret)(call, borrowed(name), Some(keep), context) };
        if status == GANTRY_END {
            return Ok(None);
        }
        Error::check(status, name, &Record::new()).map(|_| value)
    }
}

unsafe extern "C" fn keep(context: *mut c_void, bytes: gantry_str_v1) -> i32 {
    *(context as *mut Option<String>) = Some(text(&bytes).to_owned());
    GANTRY_OK
}
