//! Laws of the filing business, tried on many cases: the order machine, check digits, drafts and messages.

#[cfg(test)]
mod code;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod digits;
#[cfg(test)]
mod drafts;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod glossary;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod table;
#[cfg(test)]
mod topics;
#[cfg(test)]
mod walk;
