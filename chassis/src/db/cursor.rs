//! Lists page by page: an opaque cursor that continues after a key, and only the list that it came from. It runs no query.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::failure::Failure;

/// How many items a page has when nobody says.
const USUAL: usize = 20;
/// How many it has at most.
const MOST: u32 = 100;

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins, for `?cursor=`; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page from rows that were read with one more than `limit`: that one only says that there is more.
    pub fn of<K: Serialize, F: Serialize>(mut rows: Vec<T>, limit: usize, key: impl Fn(&T) -> K, filters: &F) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| encode(&key(last), filters));
        Self { items: rows, next }
    }

    /// The same page of other items.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}

#[derive(Serialize, Deserialize)]
struct Cursor<K> {
    #[serde(rename = "k")]
    key: K,
    #[serde(rename = "f")]
    filters: String,
}

/// A cursor that continues after `key` in the list with these filters.
pub fn encode<K: Serialize, F: Serialize>(key: &K, filters: &F) -> String {
    let cursor = Cursor { key, filters: fingerprint(filters) };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

/// The key after which to continue; 400 when the text is no cursor, or one of a list with other filters.
pub fn decode<K: DeserializeOwned, F: Serialize>(text: Option<&str>, filters: &F) -> Result<Option<K>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || Failure::unreadable("The cursor is none of ours. Begin again without one.");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|error| wrong().because(error))?;
    let cursor: Cursor<K> = serde_json::from_slice(&bytes).map_err(|error| wrong().because(error))?;
    if cursor.filters != fingerprint(filters) {
        return Err(Failure::unreadable("The cursor belongs to a list with other filters. Begin again without one."));
    }
    Ok(Some(cursor.key))
}

/// How many items a page shall have: 20 unless asked, 1 to 100, or 400.
pub fn limit(asked: Option<u32>) -> Result<usize, Failure> {
    match asked {
        None => Ok(USUAL),
        Some(asked) if (1..=MOST).contains(&asked) => Ok(usize::try_from(asked).unwrap_or(USUAL)),
        Some(_) => Err(Failure::unreadable(format!("The limit must be within 1 to {MOST}."))),
    }
}

fn fingerprint<F: Serialize>(filters: &F) -> String {
    let text = serde_json::to_vec(filters).unwrap_or_default();
    let hash = Sha256::digest(&text);
    hash.first_chunk::<6>().map(|start| URL_SAFE_NO_PAD.encode(start)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_continues_its_own_list_only() {
        let cursor = encode(&(7, "x"), &["draft"]);
        assert_eq!(decode::<(i32, String), _>(Some(&cursor), &["draft"]).unwrap(), Some((7, "x".to_owned())));
        assert_eq!(decode::<(i32, String), _>(Some(&cursor), &["filed"]).unwrap_err().status(), 400);
        assert_eq!(decode::<(i32, String), _>(Some("nonsense"), &["draft"]).unwrap_err().status(), 400);
        assert_eq!(decode::<(i32, String), _>(None, &["draft"]).unwrap(), None);
    }

    #[test]
    fn a_page_tells_whether_there_is_more() {
        let full = Page::of(vec![1, 2, 3], 2, |item| *item, &());
        assert_eq!(full.items, [1, 2]);
        assert_eq!(decode::<i32, _>(full.next.as_deref(), &()).unwrap(), Some(2));
        assert!(Page::of(vec![1, 2], 2, |item| *item, &()).next.is_none());
    }

    #[test]
    fn a_limit_is_within_its_bounds() {
        assert_eq!(limit(None).unwrap(), 20);
        assert_eq!(limit(Some(100)).unwrap(), 100);
        assert!(limit(Some(0)).is_err() && limit(Some(101)).is_err());
    }
}
