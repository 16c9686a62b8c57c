use crate::call::{borrowed, text, Host};
use crate::database::Value;
use crate::error::{Error, Outcome, Record};
use crate::gantry::*;
use std::ffi::c_void;

/// Functions that other modules of the tenant export. Needs the capability `services`, and each of them under
/// `services.imports`.
#[derive(Clone, Copy)]
pub struct Services {
    table: &'static gantry_services_v1,
}

impl Host<'_> {
    /// Other modules' services.
    pub fn services(&self) -> Outcome<Services> {
        unsafe { Ok(Services { table: self.table(GANTRY_SERVICES_ID)? }) }
    }
}

impl Services {
    /// Calls a service by values: `bool` is 0 or 1 as an integer. `Value::Null` where it gives nothing back. What is
    /// answered stands in `gantry/services.h`: `GANTRY_E_UNSUPPORTED` where the tenant does not have the module.
    pub fn call(&self, call: &gantry_call_v1, signature: &str, arguments: &[Value]) -> Outcome<Value> {
        let raw: Vec<gantry_value_v1> = arguments.iter().map(Value::raw).collect();
        let mut result = Value::Null;
        let mut record = Record::new();
        let status = unsafe {
            (self.table.call)(
                call, borrowed(signature), raw.as_ptr(), raw.len() as u64, Some(take),
                &mut result as *mut Value as *mut c_void, record.raw(),
            )
        };
        Error::check(status, signature, &record).map(|_| result)
    }

    /// The function of a service as the interface has it, for calls that must cost little: about half of `call`.
    ///
    /// # Safety
    /// `Function` must be the `unsafe extern "C" fn` that follows from the signature by `gantry/services.h`.
    pub unsafe fn find<Function: Copy>(&self, call: &gantry_call_v1, signature: &str) -> Outcome<Function> {
        let mut found: Option<gantry_service_fn_v1> = None;
        let mut record = Record::new();
        let place = &mut found as *mut Option<gantry_service_fn_v1>;
        let status = (self.table.find)(call, borrowed(signature), place, record.raw());
        Error::check(status, signature, &record)?;
        assert_eq!(std::mem::size_of::<Function>(), std::mem::size_of::<gantry_service_fn_v1>());
        match found {
            Some(function) => Ok(std::mem::transmute_copy(&function)),
            None => Err(Error::failed(format!("the host found no function for {}", signature))),
        }
    }
}

unsafe extern "C" fn take(context: *mut c_void, value: *const gantry_value_v1) -> i32 {
    match value.as_ref() {
        Some(value) => *(context as *mut Value) = owned(value),
        None => return GANTRY_E_INVALID,
    }
    GANTRY_OK
}

/// A copy of what is borrowed.
pub(crate) unsafe fn owned(value: &gantry_value_v1) -> Value {
    match value.r#type {
        GANTRY_VALUE_INTEGER => Value::Integer(value.integer),
        GANTRY_VALUE_REAL => Value::Real(value.real),
        GANTRY_VALUE_TEXT => Value::Text(text(&value.bytes).to_owned()),
        GANTRY_VALUE_BLOB => Value::Blob(value.bytes.bytes().to_vec()),
        _ => Value::Null,
    }
}
