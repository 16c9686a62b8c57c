//! links: short links. A code for an address, a redirect that is counted, and an event for each new link.

use gantry::{quote, Clock, Database, Error, Events, Host, Module, Operation, Outcome, Request, Response, Row};

/// One tenant's links.
struct Links {
    database: Database,
    events: Events,
    clock: Clock,
}

impl Module for Links {
    const ID: &'static str = "links";
    const VERSION: &'static str = "1.0.0";
    const OPERATIONS: &'static [Operation<Self>] =
        &[("addLink", Self::add_link), ("followLink", Self::follow_link), ("showLink", Self::show_link)];

    fn create(host: &Host<'_>, _configuration: &str) -> Outcome<Self> {
        Ok(Links { database: host.database()?, events: host.events()?, clock: host.clock()? })
    }
}

gantry::module!(Links);

/// Letters and digits that are not mistaken for each other: 32 of them, so that each takes five bits.
const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
const CODE_LENGTH: usize = 8;

/// A code that nobody can guess from others.
fn code(random: [u8; CODE_LENGTH]) -> String {
    random.iter().map(|byte| ALPHABET[usize::from(byte & 31)] as char).collect()
}

fn link(code: &str, url: &str, visits: i64) -> String {
    format!("{{\"code\":{},\"url\":{},\"visits\":{}}}", quote(code), quote(url), visits)
}

fn missing(code: &str) -> Error {
    Error::refused(404, "no_such_link", &format!("There is no link `{}`.", code))
}

impl Links {
    fn add_link(&self, request: &Request<'_>) -> Outcome<Response> {
        let url = request.text("url")?;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(Error::refused(422, "unusable_address", "An address begins with https:// or http://."));
        }
        let code = code(self.clock.random(request.call())?);
        let json = link(&code, &url, 0);
        self.database.write(request.call(), |tx| {
            tx.execute(
                "INSERT INTO links (code, url, visits) VALUES ($1, $2, 0)",
                &[code.as_str().into(), url.as_str().into()],
            )?;
            tx.publish(self.events, "links.link.added", &code, &json)
        })?;
        Ok(Response::json(201, json))
    }

    fn follow_link(&self, request: &Request<'_>) -> Outcome<Response> {
        let code = request.path_parameter(0);
        let found = self.database.write(request.call(), |tx| {
            let sql = "UPDATE links SET visits = visits + 1 WHERE code = $1 RETURNING url";
            tx.rows(sql, &[code.into()], |row: &Row<'_>| row.text(0).to_owned())
        })?;
        let url = found.first().ok_or_else(|| missing(code))?;
        Ok(Response::empty(302).header("location", url))
    }

    fn show_link(&self, request: &Request<'_>) -> Outcome<Response> {
        let code = request.path_parameter(0);
        let found = self.database.read(request.call(), |tx| {
            let read = |row: &Row<'_>| link(code, row.text(0), row.integer(1));
            tx.rows("SELECT url, visits FROM links WHERE code = $1", &[code.into()], read)
        })?;
        found.into_iter().next().map(|json| Response::json(200, json)).ok_or_else(|| missing(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_no_letters_that_look_alike() {
        let all: String = (0..=255u8).map(|byte| code([byte; CODE_LENGTH])).collect();
        assert!(all.chars().all(|letter| !"01lo".contains(letter)));
        assert_eq!(code([0; CODE_LENGTH]), "22222222");
    }
}
