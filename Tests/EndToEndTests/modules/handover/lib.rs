//! Counts in memory, also by a job, and hands the count to the next generation; and tells how long a secret is.

use gantry::{
    Database, Handover, Host, Job, Jobs, Module, Operation, Outcome, Request, Response, Runner, Settings, State,
};
use std::sync::atomic::{AtomicI64, Ordering};

struct Counter {
    count: AtomicI64,
    database: Database,
    jobs: Jobs,
    settings: Settings,
}

impl Module for Counter {
    const ID: &'static str = "handover";
    const VERSION: &'static str = "1.0.0";
    const OPERATIONS: &'static [Operation<Self>] =
        &[("count", Self::count), ("postpone", Self::postpone), ("start", Self::start)];
    const JOBS: &'static [Runner<Self>] = &[("later", Self::later)];
    const STATE: Option<Handover<Self>> = Some(Handover { export: Self::export, import: Self::import });

    fn create(host: &Host<'_>, _configuration: &str) -> Outcome<Self> {
        let (database, jobs, settings) = (host.database()?, host.jobs()?, host.settings()?);
        Ok(Counter { count: AtomicI64::new(0), database, jobs, settings })
    }
}

gantry::module!(Counter);

impl Counter {
    fn count(&self, _request: &Request<'_>) -> Outcome<Response> {
        Ok(Response::json(200, (self.count.fetch_add(1, Ordering::Relaxed) + 1).to_string()))
    }

    fn postpone(&self, request: &Request<'_>) -> Outcome<Response> {
        self.database.write(request.call(), |tx| tx.enqueue(self.jobs, "later", "", "{\"by\":10}", 0))?;
        Ok(Response::empty(204))
    }

    fn start(&self, request: &Request<'_>) -> Outcome<Response> {
        let secret = self.settings.secret(request.call(), "start")?;
        Ok(Response::json(200, secret.map_or("null".to_owned(), |secret| secret.len().to_string())))
    }

    fn later(&self, job: &Job<'_>) -> Outcome<()> {
        let by = job.payload().and_then(|payload| payload.get("by")).and_then(|by| by.integer()).unwrap_or(1);
        self.count.fetch_add(by, Ordering::Relaxed);
        Ok(())
    }

    fn export(&self) -> Outcome<Option<State>> {
        Ok(Some(State { version: 1, bytes: self.count.load(Ordering::Relaxed).to_string().into_bytes() }))
    }

    fn import(&self, state: &State) -> Outcome<bool> {
        let text = std::str::from_utf8(&state.bytes).ok();
        match text.and_then(|text| text.parse().ok()) {
            Some(count) if state.version == 1 => {
                self.count.store(count, Ordering::Relaxed);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
