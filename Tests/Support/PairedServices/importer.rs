//! Calls services from Rust: some by values, one by the function of its type.

use gantry::{gantry::gantry_call_v1, Host, Module, Operation, Outcome, Request, Response, Services, Value};

struct Importer {
    services: Services,
}

type Twice = unsafe extern "C" fn(*const gantry_call_v1, i64, *mut i64) -> i32;

impl Module for Importer {
    const ID: &'static str = "importer";
    const VERSION: &'static str = "1.0.0";
    const OPERATIONS: &'static [Operation<Self>] = &[("run", Self::run)];

    fn create(host: &Host<'_>, _configuration: &str) -> Outcome<Self> {
        Ok(Importer { services: host.services()? })
    }
}

gantry::module!(Importer);

impl Importer {
    fn run(&self, request: &Request<'_>) -> Outcome<Response> {
        let call = request.call();
        let ask = |signature: &str, values: &[Value]| self.services.call(call, signature, values).map(shown);
        let (bytes, number) = (Value::Blob(vec![1, 2]), Value::Integer(-5));
        let mixed = ask(
            "provider.mix(string, bytes, bool, i64, f64) -> string",
            &["Ada".into(), bytes, Value::Integer(1), number, Value::Real(2.5)],
        )?;
        let mut doubled = 0;
        let twice: Twice = unsafe { self.services.find(call, "provider.twice(i64) -> i64")? };
        let status = unsafe { twice(call, 21, &mut doubled) };
        let is_long = ask("provider.is_long(string) -> bool", &["longer".into()])?;
        let half = ask("provider.half(f64) -> f64", &[Value::Real(2.5)])?;
        let turned = ask("provider.reverse(bytes) -> bytes", &[Value::Blob(b"abc".to_vec())])?;
        let nothing = ask("provider.note(string)", &["noted".into()])?;
        let large = ask(
            "provider.wide(string, bytes, string, i64, f64, f64, bool, string) -> i64",
            &[
                "a".into(), Value::Blob(b"bb".to_vec()), "ccc".into(), Value::Integer(10000), Value::Real(1.5),
                Value::Real(2.5), Value::Integer(1), "dddd".into(),
            ],
        )?;
        let quick = ask("provider.quick() -> i64", &[])?;
        let body = format!(
            "{}{} {} {} {} {} {} {} {}",
            status, nothing, mixed, doubled, is_long, half, turned, large, quick
        );
        Ok(Response::json(200, body))
    }
}

fn shown(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => format!("{:.2}", real),
        Value::Text(text) => text,
        Value::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}
