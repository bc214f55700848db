//! A small XML tree: enough for the interface's files, which are elements with text. It knows no element by name.

use std::{borrow::Cow, fmt::Display};

use quick_xml::{
    Reader,
    escape::{escape, resolve_xml_entity},
    events::{BytesStart, Event},
};

/// Deeper than any file of the interface, and shallow enough for the stack.
const DEEPEST: usize = 64;

/// Why a text is no XML of ours. The text itself is never repeated: it holds personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum XmlError {
    /// Not well-formed.
    #[error("it is not well-formed XML")]
    IllFormed,
    /// Nested too deeply.
    #[error("it is nested too deeply")]
    TooDeep,
}

/// An element: a name, and either text or children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    attributes: Vec<(&'static str, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// An element with text.
    pub(super) fn leaf<T: Display + ?Sized>(name: &str, text: &T) -> Self {
        Self { text: text.to_string(), ..Self::new(name) }
    }

    pub(super) fn attribute(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    pub(super) fn with(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// With a leaf, when there is something to write into it.
    pub(super) fn maybe<T: Display>(self, name: &str, text: Option<T>) -> Self {
        match text {
            Some(text) => self.with(Self { text: text.to_string(), ..Self::new(name) }),
            None => self,
        }
    }

    pub(super) fn with_all(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// The text without blanks around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The children of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The element at the end of a path of names.
    #[cfg(test)]
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    #[cfg(test)]
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    #[cfg(test)]
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.children.iter()
    }

    /// The text of a child.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::text).filter(|text| !text.is_empty())
    }

    /// The number in a child.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// The first child, whatever its name.
    pub(super) fn first(&self) -> Option<&Self> {
        self.children.first()
    }

    pub(super) fn write(&self) -> String {
        let mut out = String::new();
        self.write_into(&mut out);
        out
    }

    fn write_into(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            let value: Cow<'_, str> = escape(value.as_str());
            out.push_str(&format!(" {name}=\"{value}\""));
        }
        out.push('>');
        out.push_str(&escape(self.text.as_str()));
        for child in &self.children {
            child.write_into(out);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// Reads a document. Prefixes and attributes are left out: the interface says nothing with them that we need.
    pub(super) fn read(xml: &str) -> Result<Self, XmlError> {
        let mut reader = Reader::from_str(xml);
        let mut open: Vec<Self> = Vec::new();
        loop {
            let event = reader.read_event().or(Err(XmlError::IllFormed))?;
            let closed = match event {
                Event::Start(start) => {
                    if open.len() >= DEEPEST {
                        return Err(XmlError::TooDeep);
                    }
                    open.push(named(&start));
                    None
                }
                Event::Empty(start) => Some(named(&start)),
                Event::End(_) => open.pop(),
                Event::Text(text) => add(&mut open, &text.xml10_content()),
                Event::CData(text) => add(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref().or(Err(XmlError::IllFormed))? {
                        Some(c) => c.to_string(),
                        None => resolve_xml_entity(&reference).ok_or(XmlError::IllFormed)?.to_owned(),
                    };
                    add(&mut open, &text)
                }
                // No document type is read, so that no entity can be declared.
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => None,
                Event::Eof => return Err(XmlError::IllFormed),
            };
            if let Some(element) = closed {
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
        }
    }
}

fn named(start: &BytesStart<'_>) -> Element {
    Element::new(start.local_name().as_ref())
}

fn add(open: &mut [Element], text: &str) -> Option<Element> {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_reads_what_it_writes() {
        let tree = Element::new("A").with(Element::leaf("B", "x < y & \"z\"")).with(Element::leaf("B", &7));
        let read = Element::read(&tree.write()).unwrap();
        assert_eq!(read.all("B").map(Element::text).collect::<Vec<_>>(), ["x < y & \"z\"", "7"]);
        assert_eq!(read.child("B").and_then(|b| b.first()), None);
        assert_eq!(read.number("B"), None);
    }

    #[test]
    fn prefixes_references_and_declarations_do_not_disturb() {
        let xml = "<?xml version=\"1.0\" encoding=\"GBK\"?><!-- x --><n:A xmlns:n=\"u\"><n:B> &#134071;&lt;<![CDATA[<c>]]></n:B><C/></n:A>";
        let read = Element::read(xml).unwrap();
        assert_eq!((read.name.as_str(), read.get("B"), read.get("C")), ("A", Some("𠮷<<c>"), None));
    }

    #[test]
    fn what_is_no_xml_is_refused() {
        for wrong in ["", "<A>", "<A></B>", "<A>&unknown;</A>", "text"] {
            assert_eq!(Element::read(wrong), Err(XmlError::IllFormed), "{wrong}");
        }
        assert_eq!(Element::read(&"<A>".repeat(100)), Err(XmlError::TooDeep));
    }
}
