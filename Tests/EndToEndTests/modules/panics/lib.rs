//! A module that panics wherever it can; see test_examples.py.

use gantry::{Database, Error, Host, Module, Operation, Outcome, Request, Response, Row};

struct Throws {
    database: Database,
}

impl Module for Throws {
    const ID: &'static str = "throws";
    const VERSION: &'static str = "1.0.0";
    const OPERATIONS: &'static [Operation<Self>] = &[("fail", Self::run)];

    fn create(host: &Host<'_>, _configuration: &str) -> Outcome<Self> {
        Ok(Throws { database: host.database()? })
    }
}

gantry::module!(Throws);

fn fail(how: &str) -> Outcome<()> {
    match how {
        "number" => std::panic::panic_any(42),
        "refusal" => Err(Error::refused(409, "refused", "It is refused.")),
        _ => panic!("it is said"),
    }
}

impl Throws {
    fn run(&self, request: &Request<'_>) -> Outcome<Response> {
        let (place, how) = (request.path_parameter(0), request.path_parameter(1));
        if place == "handler" {
            fail(how)?;
        }
        self.database.write(request.call(), |tx| {
            tx.execute("INSERT INTO marks (text) VALUES ($1)", &[place.into()])?;
            if place == "row" {
                for outcome in tx.rows("SELECT text FROM marks", &[], |_| fail(how))? {
                    outcome?;
                }
            }
            if place == "transaction" {
                fail(how)?;
            }
            if place == "statement" {
                tx.execute("INSERT INTO nowhere (text) VALUES (1)", &[])?;
            }
            Ok(())
        })?;
        let count = self.database.read(request.call(), |tx| {
            tx.rows("SELECT count(*) FROM marks", &[], |row: &Row<'_>| row.integer(0))
        })?;
        Ok(Response::json(200, count[0].to_string()))
    }
}
