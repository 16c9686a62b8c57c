use crate::call::list;
use crate::gantry::*;

/// A value of a JSON document that the host has parsed and held against the contract; read in place.
#[derive(Clone, Copy)]
pub struct Json<'a> {
    bytes: &'a [u8],
    nodes: &'a [gantry_node_v1],
    index: usize,
}

impl<'a> Json<'a> {
    /// The root; none where the document is empty.
    ///
    /// # Safety
    /// The document must be one that the host handed out and that is still valid.
    pub(crate) unsafe fn root(document: *const gantry_document_v1) -> Option<Json<'a>> {
        let document = document.as_ref()?;
        let nodes = list(document.nodes, document.node_count);
        let bytes = list(document.bytes.data, document.bytes.size);
        nodes.first().map(|_| Json { bytes, nodes, index: 0 })
    }

    fn node(&self) -> &'a gantry_node_v1 {
        &self.nodes[self.index]
    }

    fn raw(&self) -> &'a [u8] {
        let start = self.node().offset as usize;
        &self.bytes[start..start + self.node().length as usize]
    }

    fn at(&self, index: usize) -> Json<'a> {
        Json { bytes: self.bytes, nodes: self.nodes, index }
    }

    /// The member's value; none when there is none or this is no object. Of two of one name the last counts.
    pub fn get(&self, name: &str) -> Option<Json<'a>> {
        if i32::from(self.node().kind) != GANTRY_NODE_OBJECT {
            return None;
        }
        let mut found = None;
        let mut index = self.index + 1;
        while index + 1 < self.node().next as usize {
            if self.at(index).text().as_deref() == Some(name) {
                found = Some(self.at(index + 1));
            }
            index = self.nodes[index + 1].next as usize;
        }
        found
    }

    /// The elements of an array; none of anything else.
    pub fn elements(&self) -> Vec<Json<'a>> {
        let mut elements = Vec::new();
        if i32::from(self.node().kind) == GANTRY_NODE_ARRAY {
            let mut index = self.index + 1;
            while index < self.node().next as usize {
                elements.push(self.at(index));
                index = self.nodes[index].next as usize;
            }
        }
        elements
    }

    /// The text of a string, its escapes resolved.
    pub fn text(&self) -> Option<String> {
        if i32::from(self.node().kind) != GANTRY_NODE_STRING {
            return None;
        }
        let raw = std::str::from_utf8(self.raw()).ok()?;
        if i32::from(self.node().flags) & GANTRY_NODE_ESCAPED == 0 {
            return Some(raw.to_owned());
        }
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw.chars();
        while let Some(next) = rest.next() {
            if next != '\\' {
                text.push(next);
                continue;
            }
            match rest.next()? {
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{c}'),
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'u' => text.push(scalar(&mut rest)?),
                other => text.push(other),
            }
        }
        Some(text)
    }

    /// A number that is written without fraction and fits.
    pub fn integer(&self) -> Option<i64> {
        std::str::from_utf8(self.raw()).ok()?.parse().ok()
    }

    /// True or false.
    pub fn boolean(&self) -> Option<bool> {
        match i32::from(self.node().kind) {
            GANTRY_NODE_TRUE => Some(true),
            GANTRY_NODE_FALSE => Some(false),
            _ => None,
        }
    }
}

/// What follows `\u`: four digits, and eight where they are half of a pair.
fn scalar(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let mut unit = || -> Option<u32> {
        let digits: String = rest.take(4).collect();
        u32::from_str_radix(&digits, 16).ok()
    };
    let first = unit()?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first);
    }
    let digits: String = rest.take(6).collect();
    let second = u32::from_str_radix(digits.strip_prefix("\\u")?, 16).ok()?;
    char::from_u32(0x10000 + ((first - 0xD800) << 10) + second.checked_sub(0xDC00)?)
}

/// The text as a JSON string, with quotes.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for next in text.chars() {
        match next {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(next);
            }
            control if control < ' ' => quoted.push_str(&format!("\\u{:04x}", control as u32)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
