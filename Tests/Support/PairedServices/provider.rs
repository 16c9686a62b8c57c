//! Exports services from Rust, by values.

use gantry::{gantry::gantry_call_v1, Host, Module, Operation, Outcome, Service, Value};

struct Provider;

impl Module for Provider {
    const ID: &'static str = "provider";
    const VERSION: &'static str = "1.0.0";
    const OPERATIONS: &'static [Operation<Self>] = &[];
    const SERVICES: &'static [Service<Self>] = &[
        ("provider.mix(string, bytes, bool, i64, f64) -> string", mix),
        ("provider.twice(i64) -> i64", |_, _, values| Ok((integer(&values[0]) * 2).into())),
        ("provider.is_long(string) -> bool", |_, _, values| Ok(i64::from(size(&values[0]) > 3).into())),
        ("provider.half(f64) -> f64", |_, _, values| Ok(Value::Real(real(&values[0]) / 2.0))),
        ("provider.reverse(bytes) -> bytes", reverse),
        ("provider.note(string)", |_, _, _| Ok(Value::Null)),
        ("provider.wide(string, bytes, string, i64, f64, f64, bool, string) -> i64", wide),
        ("provider.quick() -> i64", |_, _, _| Ok(Value::Integer(-1))),
    ];

    fn create(_host: &Host<'_>, _configuration: &str) -> Outcome<Self> {
        Ok(Provider)
    }
}

gantry::module!(Provider);

fn integer(value: &Value) -> i64 {
    match value {
        Value::Integer(integer) => *integer,
        _ => panic!("no integer"),
    }
}

fn real(value: &Value) -> f64 {
    match value {
        Value::Real(real) => *real,
        _ => panic!("no real"),
    }
}

fn size(value: &Value) -> i64 {
    match value {
        Value::Text(text) => text.len() as i64,
        Value::Blob(bytes) => bytes.len() as i64,
        _ => panic!("no text"),
    }
}

fn mix(_: &Provider, _: &gantry_call_v1, values: &[Value]) -> Outcome<Value> {
    let name = match &values[0] {
        Value::Text(name) => name.clone(),
        _ => panic!("no text"),
    };
    let (flag, number, real) = (integer(&values[2]), integer(&values[3]), real(&values[4]));
    Ok(Value::Text(format!("{}/{}/{}/{}/{:.2}", name, size(&values[1]), flag, number, real)))
}

fn reverse(_: &Provider, _: &gantry_call_v1, values: &[Value]) -> Outcome<Value> {
    match &values[0] {
        Value::Blob(bytes) => Ok(Value::Blob(bytes.iter().rev().copied().collect())),
        _ => panic!("no bytes"),
    }
}

fn wide(_: &Provider, _: &gantry_call_v1, values: &[Value]) -> Outcome<Value> {
    let sizes = size(&values[0]) + size(&values[1]) * 10 + size(&values[2]) * 100 + size(&values[7]) * 1000;
    let reals = (real(&values[4]) + real(&values[5])) as i64;
    Ok(Value::Integer(sizes + integer(&values[3]) + reals + integer(&values[6]) * 100_000))
}
